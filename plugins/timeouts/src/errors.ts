import createError from '@fastify/error'

/** 504: the backend has the whole request and does not begin to answer. */
export const ResponseHeaderTimeout = createError<[string]>(
  'DRAWBRIDGE_TIMEOUTS_RESPONSE_HEADER',
  'the backend did not begin to answer within %s',
  504,
)

/** 504, or a cut once bytes went out: the backend stopped in the middle of its answer. */
export const ReadTimeout = createError<[string]>('DRAWBRIDGE_TIMEOUTS_READ', 'the backend sent nothing for %s', 504)

/** 504: the backend does not take the request body. */
export const WriteTimeout = createError<[string]>(
  'DRAWBRIDGE_TIMEOUTS_WRITE',
  'the backend took nothing of the request body for %s',
  504,
)

/** 408: the client stopped in the middle of its body. */
export const ClientBodyTimeout = createError<[string]>(
  'DRAWBRIDGE_TIMEOUTS_CLIENT_BODY',
  'the client sent nothing of its body for %s',
  408,
)

/** 408: the client sends its body too slowly. */
export const UploadTooSlow = createError<[string]>(
  'DRAWBRIDGE_TIMEOUTS_UPLOAD_RATE',
  'the client sent its body at less than %s a second',
  408,
)

/** Always a cut: the client does not take the answer. 408 is what the log says. */
export const ClientReadTimeout = createError<[string]>(
  'DRAWBRIDGE_TIMEOUTS_CLIENT_READ',
  'the client took nothing of the answer for %s',
  408,
)

/** 504, or a cut once bytes went out: the request took longer than the route allows altogether. */
export const TotalTimeout = createError<[string]>(
  'DRAWBRIDGE_TIMEOUTS_TOTAL',
  'the request was not done within %s',
  504,
)
