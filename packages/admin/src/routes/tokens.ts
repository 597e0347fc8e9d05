import { decodeCursor, listAnswer, listQuery, ROLES, toPage } from '@drawbridge/plugin-kit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { AdminParts } from '../admin-parts.ts'
import { type ApiTokenRow, type NewApiToken, SCOPE_PATTERN } from '../api-tokens.ts'
import { BadInput, NotFound, RoleTooLow, SessionNeeded, withPointer } from '../errors.ts'
import { identityOf } from '../identity.ts'
import { compileNetworks } from '../networks.ts'
import { secondsNow, showTime } from '../seconds.ts'
import { closed, Nothing, RoleName, Time, UserName } from './schemas.ts'

const DAY_SECONDS = 24 * 60 * 60

const TokenName = Type.String({ description: 'What the token is for.', pattern: '^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$' })
const Scopes = Type.Array(Type.String({ pattern: SCOPE_PATTERN }), {
  description: 'read, write (includes read), either for one area (read:logs), and sensitive.',
  minItems: 1,
  maxItems: 50,
})
const Networks = Type.Array(Type.String({ maxLength: 50 }), {
  description: 'Addresses and CIDRs from which it is valid; empty: from everywhere.',
  maxItems: 50,
})
const TokenEntry = closed({
  id: Type.String({ description: 'For DELETE /api/tokens/:id.' }),
  owner: UserName,
  name: TokenName,
  role: RoleName,
  scopes: Scopes,
  networks: Networks,
  created_at: Time,
  expires_at: Time,
  last_used_at: Type.Union([Time, Type.Null()], { description: 'Exact to ten minutes; null before the first use.' }),
  last_address: Type.Union([Type.String(), Type.Null()], { description: 'From where, masked.' }),
})
const CreateToken = closed({
  name: TokenName,
  role: Type.Optional(RoleName),
  scopes: Type.Array(Scopes.items, { ...Scopes, default: ['read'] }),
  networks: Type.Array(Networks.items, { ...Networks, default: [] }),
  expires_in_days: Type.Integer({ description: 'How long it is valid.', default: 90, minimum: 1, maximum: 730 }),
  owner: Type.Optional(UserName),
})
const CreatedToken = closed({
  id: Type.String({ description: 'For DELETE /api/tokens/:id.' }),
  token: Type.String({ description: 'The token. Shown this once.' }),
  expires_at: Time,
})
const ListTokens = listQuery({})
const TokenId = closed({ id: Type.String({ description: 'A token.', maxLength: 64 }) })
const tags = ['tokens']

/** API tokens: everybody's own; admins and the command line see and revoke all. */
export function addTokenRoutes(app: FastifyInstance, parts: AdminParts): void {
  const { tokens, trail } = parts
  app.get<{ Querystring: Static<typeof ListTokens> }>(
    '/tokens',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'The own tokens; all of them for admins.',
        tags,
        querystring: ListTokens,
        response: { 200: listAnswer('tokens', TokenEntry) },
      },
    },
    async (request) => {
      const { cursor, limit } = request.query
      const [behind = ''] = cursor === undefined ? [] : decodeCursor(cursor, 1)
      const rows = await tokens.list({ userId: visibleOwner(request), behind: String(behind), limit: limit + 1 })
      return toPage('tokens', rows.map(showToken), { limit, keyOf: ({ id }) => [id] })
    },
  )
  app.post<{ Body: Static<typeof CreateToken> }>(
    '/tokens',
    {
      config: { role: 'viewer', isSensitive: true },
      schema: {
        summary: 'Make a token; it is shown this once.',
        tags,
        body: CreateToken,
        response: { 201: CreatedToken },
      },
    },
    async (request, reply) => {
      const made = await toNewToken(parts, request, request.body)
      const { userId: _, expiresAt, ...after } = made
      const deed = { action: 'token_create', resourceType: 'token', resourceId: made.name, after }
      const { id, token } = await trail.change(request, deed, () => tokens.create(made))
      reply.code(201)
      return { id, token, expires_at: showTime(expiresAt) }
    },
  )
  app.delete<{ Params: Static<typeof TokenId> }>(
    '/tokens/:id',
    {
      config: { role: 'viewer' },
      schema: { summary: 'Revoke a token.', tags, params: TokenId, response: { 204: Nothing } },
    },
    async (request, reply) => {
      const row = await tokens.get(request.params.id)
      const owner = visibleOwner(request)
      if (row === undefined || (owner !== undefined && owner !== row.user_id)) throw new NotFound('token')
      const deed = { action: 'token_revoke', resourceType: 'token', resourceId: `${row.owner}/${row.name}` }
      await trail.change(request, deed, () => tokens.revoke(row.token_id))
      reply.code(204)
    },
  )
}

/** Whose tokens the caller may see; `undefined` for everybody's. */
function visibleOwner(request: FastifyRequest): number | undefined {
  const { session, token } = identityOf(request)
  return request.caller.role === 'admin' ? undefined : (session?.user_id ?? token?.userId)
}

/** A token cannot make others: they would outlive it. */
async function toNewToken(
  { accounts, host }: AdminParts,
  request: FastifyRequest,
  body: Static<typeof CreateToken>,
): Promise<NewApiToken> {
  const { session, token } = identityOf(request)
  if (token !== undefined) throw new SessionNeeded()
  if (session !== undefined && body.owner !== undefined && body.owner.toLowerCase() !== session.name.toLowerCase())
    throw withPointer(new BadInput('You make tokens for your own account only: leave owner away.'), '/owner')
  const name = session?.name ?? body.owner
  if (name === undefined)
    throw withPointer(new BadInput('Say whose token it is: owner, or --user NAME on the command line.'), '/owner')
  const { role: own, user_id: userId } = await accounts.get(name)
  const role = body.role ?? own
  if (ROLES.indexOf(role) > ROLES.indexOf(own)) throw new RoleTooLow(role, own)
  try {
    compileNetworks(body.networks)
  } catch (error) {
    throw withPointer(new BadInput(`${(error as Error).message}.`), '/networks')
  }
  const expiresAt = secondsNow(host.clock) + body.expires_in_days * DAY_SECONDS
  return { userId, name: body.name, role, scopes: body.scopes, networks: body.networks, expiresAt }
}

function showToken(row: ApiTokenRow): Static<typeof TokenEntry> {
  return {
    id: row.token_id,
    owner: row.owner,
    name: row.name,
    role: row.role,
    scopes: JSON.parse(row.scopes),
    networks: JSON.parse(row.networks),
    created_at: showTime(row.created_at),
    expires_at: showTime(row.expires_at),
    last_used_at: row.last_used_at === null ? null : showTime(row.last_used_at),
    last_address: row.last_address,
  }
}
