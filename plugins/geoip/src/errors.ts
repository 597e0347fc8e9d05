import createError from '@fastify/error'

/** 403: the country or network that the client's address belongs to may not pass. */
export const LocationRefused = createError(
  'DRAWBRIDGE_GEOIP_LOCATION_REFUSED',
  'the route is not open to the country or network of the client',
  403,
)

/** 400: what was to be looked up is no address. */
export const NoAddress = createError('DRAWBRIDGE_GEOIP_NO_ADDRESS', 'This is no IP address.', 400)
