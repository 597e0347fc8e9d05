import createError from '@fastify/error'

/** The backend's own status: its answer is replaced by a page because `intercept` names it. */
export const Intercepted = createError<[status: number]>(
  'DRAWBRIDGE_ERROR_PAGES_INTERCEPTED',
  'the backend answered %s, which error_pages.intercept replaces',
  502,
)
