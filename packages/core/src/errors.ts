import createError from '@fastify/error'

/** 400: the request contradicts HTTP or cannot be judged safely. The reason is for the log. */
export const BadRequest = createError<[string]>('DRAWBRIDGE_CORE_BAD_REQUEST', 'bad request: %s', 400)

/** 404: no route serves this host. The answer never repeats the host. */
export const UnknownHost = createError('DRAWBRIDGE_CORE_UNKNOWN_HOST', 'no route serves this host', 404)

/** 417: the client expects something other than `100-continue` (RFC 9110 10.1.1). */
export const ExpectationFailed = createError('DRAWBRIDGE_CORE_EXPECTATION_FAILED', 'unknown expectation', 417)

/** 508: the request has been here before (`Via`). */
export const LoopDetected = createError('DRAWBRIDGE_CORE_LOOP_DETECTED', 'the request loops through this gateway', 508)

/** 502: no connection to the backend could be made. */
export const UpstreamUnreachable = createError<[string]>(
  'DRAWBRIDGE_CORE_UPSTREAM_UNREACHABLE',
  'cannot connect to the backend: %s',
  502,
)

/** 502: the backend's certificate was refused. */
export const UpstreamUntrusted = createError<[string]>(
  'DRAWBRIDGE_CORE_UPSTREAM_UNTRUSTED',
  'the certificate of the backend is refused: %s',
  502,
)

/** 502: the backend closed or reset the connection before its answer was complete. */
export const UpstreamReset = createError<[string]>('DRAWBRIDGE_CORE_UPSTREAM_RESET', 'the backend broke off: %s', 502)

/** 502: what the backend sent is not HTTP, or contradicts itself. */
export const UpstreamInvalid = createError<[string]>(
  'DRAWBRIDGE_CORE_UPSTREAM_INVALID',
  'the backend sent a broken answer: %s',
  502,
)

/** 504: no connection to the backend within the connect timeout. */
export const UpstreamConnectTimeout = createError(
  'DRAWBRIDGE_CORE_UPSTREAM_CONNECT_TIMEOUT',
  'no connection to the backend in time',
  504,
)

/** 503: the gateway is stopping, or a reload replaced the route while the request waited. */
export const ShuttingDown = createError('DRAWBRIDGE_CORE_SHUTTING_DOWN', 'the gateway is stopping', 503)

/** Turns what the HTTP client reports into the error that the log and the client's status are made from. */
export function toUpstreamError(error: Error & { code?: string }): Error {
  if (typeof (error as { statusCode?: unknown }).statusCode === 'number' && error.code?.startsWith('DRAWBRIDGE_'))
    return error
  const [Kind, text] = classify(error)
  return Object.assign(new Kind(text), { cause: error })
}

function classify(error: Error & { code?: string }): [typeof UpstreamReset, string] {
  const code = error.code ?? ''
  const text = error.message === '' ? code : error.message
  if (UNTRUSTED.test(code)) return [UpstreamUntrusted, text]
  if (UNREACHABLE.test(code) || error instanceof AggregateError) return [UpstreamUnreachable, firstMessage(error)]
  return [UpstreamReset, text]
}

const UNTRUSTED =
  /^(?:ERR_TLS_CERT_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_(?:CA|PURPOSE)|PATH_LENGTH)/
// No address, no way there, nobody listening, or nobody who speaks TLS.
const UNREACHABLE =
  /^(?:E(?:CONNREFUSED|NOTFOUND|AI_AGAIN|HOSTUNREACH|NETUNREACH|ACCES|NOENT|TIMEDOUT|ADDRNOTAVAIL)$|ERR_SSL_|ERR_TLS_)/

function firstMessage(error: Error): string {
  const inner = error instanceof AggregateError ? (error.errors[0] as Error | undefined) : undefined
  return (inner ?? error).message
}
