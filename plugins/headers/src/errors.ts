import createError from '@fastify/error'

/** 415: the preset `api` takes JSON only (RFC 9110 15.5.16). */
export const UnsupportedMediaType = createError(
  'DRAWBRIDGE_HEADERS_UNSUPPORTED_MEDIA_TYPE',
  'the body is not declared as JSON',
  415,
)
