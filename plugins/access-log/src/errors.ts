import createError from '@fastify/error'

/** 400: a time that is none. */
export const BadTime = createError<[name: string, value: string]>(
  'DRAWBRIDGE_ACCESS_LOG_BAD_TIME',
  '%s: "%s" is no time. Write 2026-11-22, 2026-11-22T18:00:00Z, seconds since 1970, or how long ago: 24h',
  400,
)

/** 400: a network that is none. */
export const BadNetwork = createError<[value: string]>(
  'DRAWBRIDGE_ACCESS_LOG_BAD_NETWORK',
  'client: "%s" is no network. Write 203.0.113.0/24 or 2001:db8::/48',
  400,
)

/** 400: a network with more clients than a search can look for. */
export const TooManyClients = createError<[value: string, max: number]>(
  'DRAWBRIDGE_ACCESS_LOG_TOO_MANY_CLIENTS',
  'client: too many clients of %s are in the log (more than %d). Write a smaller network, or since and until',
  400,
)

/** 404: nothing is recorded under this request id. */
export const NoSuchRequest = createError<[id: string]>(
  'DRAWBRIDGE_ACCESS_LOG_NO_SUCH_REQUEST',
  'nothing is recorded under the request id %s: it may have been deleted by age, or its route keeps no log',
  404,
)

/** 503: the log cannot be read right now. */
export const SearchFailed = createError(
  'DRAWBRIDGE_ACCESS_LOG_SEARCH_FAILED',
  'the request log cannot be read right now: see /readyz, or ask for a shorter period',
  503,
)

/** 503: reading personal data must be accounted for, and the audit log cannot be written. */
export const NotAccounted = createError(
  'DRAWBRIDGE_ACCESS_LOG_NOT_ACCOUNTED',
  'the audit log cannot be written, so the request log, which has personal data in it, is not shown',
  503,
)
