import createError from '@fastify/error'

/** 409: one run at a time. */
export const RunUnderWay = createError(
  'DRAWBRIDGE_RETENTION_UNDER_WAY',
  'A retention run is under way: wait until it is done.',
  409,
)

/** 503: nothing can be deleted or proved now; the message says why. */
export const StorageAway = createError<[problem: string, options?: ErrorOptions]>(
  'DRAWBRIDGE_RETENTION_STORAGE_AWAY',
  'No retention run can be made now: %s',
  503,
)

/** 503: the gateway is ending, or has not read its configuration yet. */
export const NotRunning = createError(
  'DRAWBRIDGE_RETENTION_NOT_RUNNING',
  'No retention run can be made now: the gateway is starting or ending.',
  503,
)
