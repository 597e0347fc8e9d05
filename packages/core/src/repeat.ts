import type { RequestRecord } from '@drawbridge/plugin-kit'

const IDEMPOTENT = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PUT',
  'DELETE',
  'PROPFIND',
  'SEARCH',
  'REPORT',
  'QUERY',
])
const CONNECTION_LOST = new Set(['DRAWBRIDGE_CORE_UPSTREAM_RESET', 'ECONNRESET', 'EPIPE'])

/**
 * Whether a request that met a connection just closed (RFC 9112 9.3.1) may be sent once more: only what can be repeated without harm,
 * and only once. That the connection had been open before, and that no byte of an answer came, is the caller's to know.
 */
export function isRepeatable(record: RequestRecord, error: Error & { code?: string }): boolean {
  return (
    record.attempts === 1 &&
    record.upgrade === '' &&
    IDEMPOTENT.has(record.method) &&
    CONNECTION_LOST.has(error.code ?? '')
  )
}
