/** What a request can wait for too long. `connect`, `response_header`, `read` and `write` are the backend's doing. */
export const TIMEOUT_KINDS = [
  'connect',
  'response_header',
  'read',
  'write',
  'client_body',
  'upload_rate',
  'client_read',
  'total',
] as const

/** One of `TIMEOUT_KINDS`. */
export type TimeoutKind = (typeof TIMEOUT_KINDS)[number]
