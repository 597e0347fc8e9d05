import createError from '@fastify/error'

/** 403: the request looks like an attack. The message names no rule: it goes to the client. */
export const RequestRefused = createError(
  'DRAWBRIDGE_WAF_REQUEST_REFUSED',
  'the request was refused by a security rule',
  403,
)

/** 413: the request body is longer than `waf.max_request_size`. */
export const BodyTooLarge = createError<[size: string, max: number]>(
  'DRAWBRIDGE_WAF_BODY_TOO_LARGE',
  'the request body has %s bytes, waf.max_request_size is %s',
  413,
)

/** 415: the body's content coding cannot be undone, so nobody can look at it. */
export const UnreadableBody = createError(
  'DRAWBRIDGE_WAF_UNREADABLE_BODY',
  'the body is compressed in a way that cannot be inspected',
  415,
)

/** 431: the headers together are larger than `waf.max_header_size`. */
export const HeadersTooLarge = createError<[size: number, max: number]>(
  'DRAWBRIDGE_WAF_HEADERS_TOO_LARGE',
  'the request headers have %s bytes, waf.max_header_size is %s',
  431,
)

/** 400: a time that is none. */
export const BadTime = createError<[name: string, value: string]>(
  'DRAWBRIDGE_WAF_BAD_TIME',
  '%s: "%s" is no time. Write 2026-11-22, 2026-11-22T18:00:00Z, seconds since 1970, or how long ago: 24h',
  400,
)

/** 404: no route serves the host that a test names. */
export const NoSuchRoute = createError<[host: string]>('DRAWBRIDGE_WAF_NO_SUCH_ROUTE', 'no route serves %s', 404)

/** 503: the table cannot be read right now. */
export const SearchFailed = createError(
  'DRAWBRIDGE_WAF_SEARCH_FAILED',
  'what the WAF found cannot be read right now: see /readyz, or ask for a shorter period',
  503,
)

/** 503: reading personal data must be accounted for, and the audit log cannot be written. */
export const NotAccounted = createError(
  'DRAWBRIDGE_WAF_NOT_ACCOUNTED',
  'the audit log cannot be written, so what the WAF found, which has personal data in it, is not shown',
  503,
)
