import createError from '@fastify/error'

/** 400: what was given does not say whose data is meant. */
export const BadSubject = createError<[reason: string]>('DRAWBRIDGE_PRIVACY_BAD_SUBJECT', '%s', 400)

/** 400: a time that cannot be read, or a window that ends before it begins. */
export const BadTime = createError<[reason: string]>('DRAWBRIDGE_PRIVACY_BAD_TIME', '%s', 400)

/** 404: no route serves this host. */
export const UnknownHost = createError<[host: string]>(
  'DRAWBRIDGE_PRIVACY_UNKNOWN_HOST',
  'No route serves "%s". GET /api/privacy/register lists the hosts.',
  404,
)

/** 404: there is no receipt or breach with this id. */
export const NotFound = createError<[what: string, id: string]>(
  'DRAWBRIDGE_PRIVACY_NOT_FOUND',
  'There is no %s with the id "%s".',
  404,
)

/** 409: the breach file is closed. */
export const BreachClosed = createError<[id: string]>(
  'DRAWBRIDGE_PRIVACY_BREACH_CLOSED',
  'The breach file "%s" is closed: open another one for what was found since.',
  409,
)

/** 503: what must be accounted for could not be written to the audit log, so it was not done. */
export const NotAccounted = createError(
  'DRAWBRIDGE_PRIVACY_NOT_ACCOUNTED',
  'Nothing was done: it could not be written to the audit log. The log of the gateway says why.',
  503,
)

/** 500: an erasure stopped on the way. */
export const ErasureIncomplete = createError<[id: string, options: { readonly cause: unknown }]>(
  'DRAWBRIDGE_PRIVACY_ERASURE_INCOMPLETE',
  'The erasure %s stopped before its end; the cause is in the log. Ask for it again: what is gone stays gone.',
  500,
)
