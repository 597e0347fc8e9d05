import createError from '@fastify/error'

/** 403: the client's address is banned. */
export const AddressBanned = createError('DRAWBRIDGE_BANS_ADDRESS_BANNED', 'the address of the client is banned', 403)

/** 422: what is to be banned is no address or CIDR. */
export const BadAddress = createError<[text: string]>(
  'DRAWBRIDGE_BANS_BAD_ADDRESS',
  '"%s" is no address or CIDR: write an IPv4 or IPv6 address, for a network with a slash and its prefix length behind it.',
  422,
)

/** 422: the time given is none for which somebody can be banned. */
export const BadDuration = createError<[text: string]>(
  'DRAWBRIDGE_BANS_BAD_DURATION',
  '"%s" is no time for which somebody can be banned: write seconds (3600), 1h, 30d, at most ten years, or permanent.',
  422,
)

/** 422: no route has this host name. */
export const UnknownRoute = createError<[host: string]>(
  'DRAWBRIDGE_BANS_UNKNOWN_ROUTE',
  'No route is called "%s": give the first host name of one, or leave it away to ban everywhere.',
  422,
)

/** 409: the ban would hit who asks for it. */
export const OwnAddress = createError<[network: string]>(
  'DRAWBRIDGE_BANS_OWN_ADDRESS',
  'Your own address is in %s: nothing was banned. Say "force" if that is meant.',
  409,
)

/** 404: there is no such ban. */
export const NoSuchBan = createError('DRAWBRIDGE_BANS_NO_SUCH_BAN', 'There is no such ban in force.', 404)

/** 503: a ban or its end could not be stored, so it was not done. */
export const BansNotStored = createError(
  'DRAWBRIDGE_BANS_NOT_STORED',
  'The database is away, so nothing was changed. The log of the gateway says why.',
  503,
)

/** 503: what was to be entered in the audit log could not be. */
export const BansNotAccounted = createError(
  'DRAWBRIDGE_BANS_NOT_ACCOUNTED',
  'The audit log cannot be written, so nothing was done. The log of the gateway says why.',
  503,
)
