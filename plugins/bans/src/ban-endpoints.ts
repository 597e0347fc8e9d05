import {
  addressKey,
  type Caller,
  createAccountRead,
  decodeCursor,
  listAnswer,
  listQuery,
  type ServiceHost,
  toPage,
} from '@drawbridge/plugin-kit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Deed } from './account-bans.ts'
import {
  findOwn,
  MAX_AT_ONCE,
  NewBans,
  PortableBan,
  readDuration,
  readNetwork,
  ShownBan,
  showBan,
  toPortable,
} from './ban-entries.ts'
import type { Ban } from './ban-index.ts'
import type { BansService } from './bans-service.ts'
import { BansNotAccounted, NoSuchBan, OwnAddress, UnknownRoute } from './errors.ts'
import type { Network } from './network.ts'

const tags = ['security']
const viewer = { role: 'viewer' } as const
const operator = { role: 'operator' } as const

const BanQuery = listQuery({
  route: Type.Optional(
    Type.String({ description: 'Only bans from this route; empty for those from all.', maxLength: 253 }),
  ),
  address: Type.Optional(
    Type.String({ description: 'Only bans that hit this address. For operators.', maxLength: 50 }),
  ),
})
const Bans = Type.Object({ bans: Type.Array(ShownBan) }, { additionalProperties: false })
const Portable = Type.Object(
  { bans: Type.Array(PortableBan, { maxItems: 1_000_000 }) },
  { additionalProperties: false },
)
const Import = Type.Object(
  {
    bans: Type.Array(PortableBan, { minItems: 1, maxItems: MAX_AT_ONCE }),
    force: Type.Boolean({ description: 'Also where your own address is among them.', default: false }),
  },
  { additionalProperties: false },
)
const ById = Type.Object(
  { id: Type.Integer({ description: 'Number of the ban.', minimum: 1 }) },
  { additionalProperties: false },
)
const ByAddress = Type.Object(
  {
    address: Type.String({
      description: 'Every ban that hits this address or is of this CIDR.',
      minLength: 1,
      maxLength: 50,
    }),
  },
  { additionalProperties: false },
)

/** Adds the endpoints below `/api/bans`. */
export function addBanEndpoints(app: FastifyInstance, host: ServiceHost, service: BansService): void {
  addReads(app, host, service)
  addWrites(app, host, service)
  addRemovals(app, host, service)
}

function addReads(app: FastifyInstance, host: ServiceHost, service: BansService): void {
  const accountRead = createAccountRead(host, {
    resourceType: 'bans',
    aimedBy: ['address'],
    NotAccounted: BansNotAccounted,
  })
  app.get<{ Querystring: Static<typeof BanQuery> }>(
    '/bans',
    {
      config: viewer,
      schema: {
        summary: 'Who is banned, newest first',
        tags,
        querystring: BanQuery,
        response: { 200: listAnswer('bans', ShownBan) },
      },
    },
    async ({ query, caller, id }) => {
      await service.loaded()
      const isMasked = caller.role === 'viewer'
      if (!isMasked) await accountRead({ caller, id, query })
      const found = listInForce(host, service)
        .filter(({ route }) => query.route === undefined || query.route === route)
        .filter(query.address === undefined ? () => true : isMasked ? () => false : hitting(query.address))
        .sort((a, b) => b.id - a.id)
      const [before = Number.MAX_SAFE_INTEGER] = query.cursor === undefined ? [] : decodeCursor(query.cursor, 1)
      const rows = found.filter((ban) => ban.id < Number(before)).slice(0, query.limit + 1)
      const shown = rows.map((ban) => show(ban, { host, service, caller }))
      return toPage('bans', shown, { limit: query.limit, keyOf: ({ ban_id }) => [ban_id] })
    },
  )
  app.get(
    '/bans/export',
    {
      config: operator,
      schema: { summary: 'All bans in force, to be imported elsewhere', tags, response: { 200: Portable } },
    },
    async ({ caller, id }) => {
      await service.loaded()
      await accountRead({ caller, id, query: { address: 'all' } })
      return { bans: listInForce(host, service).map(toPortable) }
    },
  )
}

function addWrites(app: FastifyInstance, host: ServiceHost, service: BansService): void {
  app.post<{ Body: Static<typeof NewBans> }>(
    '/bans',
    {
      config: operator,
      schema: { summary: 'Ban addresses or networks', tags, body: NewBans, response: { 201: Bans } },
    },
    async (request, reply) => {
      const { addresses, route = '', duration, reason = '', force } = request.body
      const networks = addresses.map(readNetwork)
      assertNotOwn(networks, request.caller, force)
      assertRoute(route, host)
      const expiresAt = host.clock.wallNow() + readDuration(duration)
      const asked = networks.map((network) => ({ ...byHand(request), network, route, expiresAt, reason }))
      const bans = await service.add(asked, deedOf(request))
      reply.code(201)
      return { bans: bans.map((ban) => show(ban, { host, service, caller: request.caller })) }
    },
  )
  app.post<{ Body: Static<typeof Import> }>(
    '/bans/import',
    {
      config: operator,
      bodyLimit: 2 * 1024 * 1024,
      schema: {
        summary: `Ban everybody in an export, at most ${MAX_AT_ONCE} at once; what is over by now, or banned as long already, is left out`,
        tags,
        body: Import,
        response: {
          200: Type.Object(
            { imported: Type.Integer({ description: 'How many bans came into force.' }) },
            { additionalProperties: false },
          ),
        },
      },
    },
    async (request) => {
      await service.loaded()
      const now = host.clock.wallNow()
      const asked = request.body.bans.map(({ address, route = '', expires_at, reason = '' }) => ({
        ...byHand(request),
        network: readNetwork(address),
        route,
        expiresAt: expires_at === undefined ? Number.POSITIVE_INFINITY : expires_at * 1000,
        reason,
      }))
      const inForce = keepLongest(asked).filter((ban) => ban.expiresAt > now && isLonger(ban, service))
      assertNotOwn(
        inForce.map(({ network }) => network),
        request.caller,
        request.body.force,
      )
      return { imported: (await service.add(inForce, deedOf(request))).length }
    },
  )
}

function addRemovals(app: FastifyInstance, host: ServiceHost, service: BansService): void {
  const remove = async (bans: readonly Ban[], request: FastifyRequest) => {
    if (bans.length === 0) throw new NoSuchBan()
    await service.remove(bans, deedOf(request))
    return { bans: bans.map((ban) => show(ban, { host, service, caller: request.caller })) }
  }
  app.delete<{ Params: Static<typeof ById> }>(
    '/bans/:id',
    { config: operator, schema: { summary: 'Lift a ban', tags, params: ById, response: { 200: Bans } } },
    async (request) => {
      await service.loaded()
      return remove(
        listInForce(host, service).filter(({ id }) => id === request.params.id),
        request,
      )
    },
  )
  app.delete<{ Querystring: Static<typeof ByAddress> }>(
    '/bans',
    {
      config: operator,
      schema: { summary: 'Lift all bans that hit an address', tags, querystring: ByAddress, response: { 200: Bans } },
    },
    async (request) => {
      await service.loaded()
      return remove(listInForce(host, service).filter(hitting(request.query.address)), request)
    },
  )
}

function listInForce({ clock }: ServiceHost, { index }: BansService): Ban[] {
  const now = clock.wallNow()
  return [...index.all()].filter(({ expiresAt }) => expiresAt > now)
}

/** Finds bans: a CIDR is hit by the ban of just that network, an address by every ban that keeps it out. Throws `BadAddress`. */
function hitting(address: string): (ban: Ban) => boolean {
  const { text } = readNetwork(address)
  if (address.includes('/')) return ({ network }) => network.text === text
  const key = addressKey(address.trim())
  return ({ network }) => findOwn([network], key) !== undefined
}

function show(
  ban: Ban,
  { host, service, caller }: { host: ServiceHost; service: BansService; caller: Caller },
): ShownBan {
  const mask =
    caller.role === 'viewer' ? (address: string) => host.redactor.address(address) : (address: string) => address
  return showBan(ban, { isStored: service.isStored(ban), mask })
}

/** Lists put together from several have addresses twice, and several of one IPv6 /64. */
function keepLongest<T extends Pick<Ban, 'network' | 'route' | 'expiresAt'>>(bans: readonly T[]): T[] {
  const longest = new Map<string, T>()
  for (const ban of bans) {
    const key = `${ban.network.text} ${ban.route}`
    if (ban.expiresAt > (longest.get(key)?.expiresAt ?? 0)) longest.set(key, ban)
  }
  return [...longest.values()]
}

/** What is banned for as long already keeps its cause. */
function isLonger({ network, route, expiresAt }: Pick<Ban, 'network' | 'route' | 'expiresAt'>, { index }: BansService) {
  return expiresAt > (index.get(network, route)?.expiresAt ?? 0)
}

function assertNotOwn(networks: readonly Network[], { address }: Caller, isForced: boolean): void {
  const own = isForced ? undefined : findOwn(networks, addressKey(address))
  if (own !== undefined) throw new OwnAddress(own.text)
}

function assertRoute(route: string, { installation }: ServiceHost): void {
  if (route !== '' && !installation.routes().some(({ hosts }) => hosts[0] === route)) throw new UnknownRoute(route)
}

function byHand({ caller, id }: FastifyRequest) {
  return { by: caller.name, rule: '', requestIds: [id] }
}

function deedOf({ caller: { kind, name, source, address }, id }: FastifyRequest): Deed {
  return { actor: { kind, name }, source, address, requestId: id }
}
