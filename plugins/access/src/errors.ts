import createError from '@fastify/error'

/** 403: the client's address is not one that may reach this path. */
export const AddressRefused = createError(
  'DRAWBRIDGE_ACCESS_ADDRESS_REFUSED',
  'the address of the client may not reach this path',
  403,
)
