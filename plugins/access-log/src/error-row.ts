import type { RequestEntry, SqlValue } from '@drawbridge/plugin-kit'
import { clip } from './clip.ts'
import { MAX_TEXT } from './request-row.ts'
import { shownStatus } from './shown-status.ts'

/** The columns of `error_logs` that a row fills, in the order of `toErrorRow`. */
export const ERROR_COLUMNS = [
  'timestamp',
  'time_ms',
  'request_id',
  'route_id',
  'host',
  'cause',
  'status',
  'method',
  'path',
  'duration_ms',
  'wait_ms',
  'retry_count',
  'upstream',
  'client',
  'pseudonym',
] as const

/** Whether a request failed in the gateway or its backend, or the gateway refused or cut it. */
export function isFailure({ cause, status }: RequestEntry): boolean {
  return cause !== '' || status >= 500
}

/** The row of a failed request: less about the client than the request log has, because it stays longer. */
export function toErrorRow(entry: RequestEntry): SqlValue[] {
  const milliseconds = Math.floor(entry.time)
  const timestamp = Math.floor(milliseconds / 1000)
  return [
    timestamp,
    milliseconds - timestamp * 1000,
    entry.requestId,
    entry.routeId,
    entry.host === entry.routeHost && entry.routeId !== 0 ? null : clip(entry.host, MAX_TEXT.host),
    entry.cause === '' ? null : entry.cause,
    shownStatus(entry),
    entry.method,
    clip(entry.path, MAX_TEXT.path),
    Math.round(entry.durationMs),
    Math.round(entry.waitMs),
    entry.attempts > 1 ? entry.attempts - 1 : 0,
    entry.backend === '' ? null : entry.backend,
    entry.client,
    entry.pseudonym === '' ? null : entry.pseudonym,
  ]
}
