import type { ServiceHost, SqlValue } from '@drawbridge/plugin-kit'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'

const DAY_SECONDS = 86_400

const TopQuery = Type.Object(
  {
    since: Type.Optional(Type.Integer({ description: 'Seconds since 1970; a day ago unless given.', minimum: 0 })),
    route_id: Type.Optional(Type.Integer({ description: 'Only this route.', minimum: 0 })),
    limit: Type.Integer({ description: 'How many at most.', default: 20, minimum: 1, maximum: 200 }),
  },
  { additionalProperties: false },
)

/** A client and a rule it broke, as the API shows them. */
const TopClient = Type.Object(
  {
    client: Type.String({ description: 'The masked address.' }),
    pseudonym: Type.String({ description: 'Tells clients apart within a day; empty where that is turned off.' }),
    host: Type.String({ description: 'Host name.' }),
    route_id: Type.Integer({ description: 'Number of the route; 0 for unknown hosts.' }),
    rule: Type.String({ description: 'The rule that was broken.' }),
    refused: Type.Integer({
      description: 'Requests or logins that were refused, or would have been where the route only observes.',
    }),
    bans: Type.Integer({ description: 'How often the client was banned for it, or would have been.' }),
    mode: Type.Enum(['enforce', 'observe'], { description: 'Whether it was done or only observed.' }),
    first_at: Type.Integer({ description: 'Seconds since 1970.' }),
    last_at: Type.Integer({ description: 'Seconds since 1970.' }),
  },
  { additionalProperties: false },
)

const TOP = `SELECT ip_address AS client, coalesce(pseudonym, '') AS pseudonym, coalesce(host, '') AS host, route_id,
  coalesce(rule, '') AS rule, iif(action LIKE 'would-%', 'observe', 'enforce') AS mode, sum(refused) AS refused, sum(action IN ('banned', 'would-ban')) AS bans,
  min(timestamp) AS first_at, max(timestamp) AS last_at
  FROM rate_limit_violations WHERE timestamp >= ? AND (? IS NULL OR route_id = ?)
  GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY refused DESC, last_at DESC LIMIT ?`

/** Adds `GET /api/rate-limits/top`. */
export function addTopEndpoint(app: FastifyInstance, { clock, storage }: ServiceHost): void {
  app.get<{ Querystring: Static<typeof TopQuery> }>(
    '/rate-limits/top',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Who broke rate limits most often, addresses masked',
        tags: ['security'],
        querystring: TopQuery,
        response: { 200: Type.Object({ clients: Type.Array(TopClient) }, { additionalProperties: false }) },
      },
    },
    async ({ query }): Promise<{ clients: Record<string, SqlValue>[] }> => {
      const since = query.since ?? Math.floor(clock.wallNow() / 1000) - DAY_SECONDS
      const routeId = query.route_id ?? null
      return { clients: await storage.all(TOP, [since, routeId, routeId, query.limit]) }
    },
  )
}
