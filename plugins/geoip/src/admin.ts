import { addressKey } from '@drawbridge/plugin-kit'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { NoAddress } from './errors.ts'
import type { GeoipService, ShownDatabase } from './geoip-service.ts'

const nullable = <T extends ReturnType<typeof Type.String> | ReturnType<typeof Type.Integer>>(
  schema: T,
  description: string,
) => Type.Union([schema, Type.Null()], { description })

const DatabaseAnswer = Type.Object(
  {
    path: nullable(Type.String(), 'The file; null for the built-in database.'),
    is_built_in: Type.Boolean({ description: 'Whether it came with the gateway.' }),
    type: nullable(Type.String(), 'As the database calls itself; null while none is open.'),
    built_at: nullable(Type.Integer(), 'When it was made, in seconds since 1970; null where it does not say.'),
    bytes: nullable(Type.Integer(), 'Its size; null while none is open.'),
    problem: nullable(Type.String(), 'Why the file as it is now is not in use; null when all is well.'),
  },
  { additionalProperties: false },
)

const StatusAnswer = Type.Object(
  { databases: Type.Array(DatabaseAnswer, { description: 'Databases in use.' }) },
  { additionalProperties: false },
)

const LookupBody = Type.Object(
  { address: Type.String({ description: 'An IPv4 or IPv6 address.', maxLength: 64 }) },
  { additionalProperties: false },
)

const LookupAnswer = Type.Object(
  {
    is_local: Type.Boolean({ description: 'A private address.' }),
    country: nullable(Type.String(), 'Two-letter code.'),
    city: nullable(Type.String(), 'Its English name.'),
    continent: nullable(Type.String(), 'Two-letter code.'),
    asn: nullable(Type.Integer(), 'Number of the network.'),
    organization: nullable(Type.String(), 'Whose network it is.'),
  },
  { additionalProperties: false },
)

/** Adds the endpoints below `/api/geoip`. */
export function addEndpoints(app: FastifyInstance, service: GeoipService): void {
  app.get(
    '/geoip',
    {
      config: { role: 'viewer' },
      schema: { summary: 'The databases of locations that are in use', response: { 200: StatusAnswer } },
    },
    async () => ({ databases: service.databases().map(toAnswer) }),
  )
  app.post<{ Body: Static<typeof LookupBody> }>(
    '/geoip/lookup',
    {
      config: { role: 'operator' },
      schema: { summary: 'Where an address is', body: LookupBody, response: { 200: LookupAnswer } },
    },
    async ({ body }) => {
      if (addressKey(body.address) === undefined) throw new NoAddress()
      const { isLocal, country, city, continent, asn, organization } = service.locator().locate(body.address)
      return {
        is_local: isLocal,
        country: orNull(country),
        city: orNull(city),
        continent: orNull(continent),
        asn: asn === 0 ? null : asn,
        organization: orNull(organization),
      }
    },
  )
}

function toAnswer({ file, isBuiltIn }: ShownDatabase): Static<typeof DatabaseAnswer> {
  const { database, path, problem } = file
  return {
    path: isBuiltIn ? null : path,
    is_built_in: isBuiltIn,
    type: database?.type ?? null,
    built_at: database?.builtAt === undefined ? null : Math.floor(database.builtAt / 1000),
    bytes: database?.bytes ?? null,
    problem: problem ?? null,
  }
}

function orNull(text: string): string | null {
  return text === '' ? null : text
}
