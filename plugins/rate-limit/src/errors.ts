import createError from '@fastify/error'

/** 429: the client, or all of them together, sent more requests than the rule allows (RFC 6585 4). */
export const TooManyRequests = createError<[rule: string]>(
  'DRAWBRIDGE_RATE_LIMIT_TOO_MANY_REQUESTS',
  'more requests than the rule "%s" allows',
  429,
)
