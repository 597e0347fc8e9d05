import createError from '@fastify/error'

/** 413: the request body is longer than `max_request_body`. */
export const BodyTooLarge = createError<[size: number | string, max: number]>(
  'DRAWBRIDGE_LIMITS_BODY_TOO_LARGE',
  'the request body has %s bytes, max_request_body is %s',
  413,
)

/** 414: the request target is longer than `max_url`. */
export const UrlTooLong = createError<[size: number, max: number]>(
  'DRAWBRIDGE_LIMITS_URL_TOO_LONG',
  'the request target has %s bytes, max_url is %s',
  414,
)

/** 431: the headers together are larger than `max_request_headers`. */
export const HeadersTooLarge = createError<[size: number, max: number]>(
  'DRAWBRIDGE_LIMITS_HEADERS_TOO_LARGE',
  'the request headers have %s bytes, max_request_headers is %s',
  431,
)

/** 431: there are more header lines than `max_header_count`. */
export const TooManyHeaders = createError<[count: number, max: number]>(
  'DRAWBRIDGE_LIMITS_TOO_MANY_HEADERS',
  'the request has %s headers, max_header_count is %s',
  431,
)

/** 502: the backend's body is longer than `max_response_body`. Once bytes have gone out, the connection is cut instead. */
export const ResponseTooLarge = createError<[size: number, max: number]>(
  'DRAWBRIDGE_LIMITS_RESPONSE_TOO_LARGE',
  'the response body has at least %s bytes, max_response_body is %s',
  502,
)
