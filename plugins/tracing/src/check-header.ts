import type { Problem } from '@drawbridge/plugin-kit'
import type { TracingOptions } from './options.ts'

// Headers with a meaning of their own, to HTTP, to this gateway or to logins: an id in their place breaks requests.
const TAKEN = new Set([
  'accept',
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'date',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'location',
  'set-cookie',
  'te',
  'trailer',
  'traceparent',
  'tracestate',
  'transfer-encoding',
  'upgrade',
  'via',
])

/** Refuses a request id in a header that means something else. */
export function checkHeader({ header }: TracingOptions): readonly Problem[] {
  if (!TAKEN.has(header.toLowerCase())) return []
  const message = `"${header}" has a meaning of its own and cannot carry the request id`
  return [{ severity: 'error', code: 'bad-value', path: ['header'], message, hint: 'X-Request-ID is what most use' }]
}
