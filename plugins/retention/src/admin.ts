import { decodeCursor, listAnswer, listQuery, RETENTION_CLASSES, toPage } from '@drawbridge/plugin-kit'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { Proof, RunAnswer, StatusAnswer, VerificationAnswer } from './api-schemas.ts'
import type { ProofRow } from './proof.ts'
import type { RetentionService, RetentionStatus } from './retention-service.ts'
import { periodOf } from './rules.ts'

const RunBody = Type.Object(
  { dry_run: Type.Boolean({ description: 'Counts what is due and deletes nothing.', default: false }) },
  { additionalProperties: false },
)

const ProofQuery = listQuery({
  run: Type.Optional(Type.Integer({ description: 'Only entries of this run.', minimum: 1 })),
  host: Type.Optional(Type.String({ description: 'Only entries of this route.', maxLength: 253 })),
  class: Type.Optional(
    Type.Union(
      RETENTION_CLASSES.map((name) => Type.Literal(name)),
      { description: 'Only entries of this class of records.' },
    ),
  ),
})

/** Adds the endpoints below `/api/retention`. */
export function addEndpoints(app: FastifyInstance, service: RetentionService): void {
  app.get(
    '/retention',
    {
      config: { role: 'viewer' },
      schema: { summary: 'How long what is kept, and what is due', response: { 200: StatusAnswer } },
    },
    async () => toStatusAnswer(await service.status()),
  )
  app.post<{ Body: Static<typeof RunBody> }>(
    '/retention/run',
    {
      config: { role: 'admin' },
      schema: { summary: 'Deletes what is due', body: RunBody, response: { 200: RunAnswer } },
    },
    async ({ body, caller }) => {
      if (body.dry_run) return { is_dry_run: true, run: null, ...(await service.countDue()) }
      const { kind, name, source, address } = caller
      const run = await service.run({ actor: { kind, name }, source, address })
      return { is_dry_run: false, run, due: [], failures: [] }
    },
  )
  app.get<{ Querystring: Static<typeof ProofQuery> }>(
    '/retention/proofs',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Proofs of deletion, newest first',
        querystring: ProofQuery,
        response: { 200: listAnswer('proofs', Proof) },
      },
    },
    async ({ query }) => listProofs(service, query),
  )
  app.get(
    '/retention/proofs/verify',
    {
      config: { role: 'viewer' },
      schema: { summary: 'Checks the chain of proofs', response: { 200: VerificationAnswer } },
    },
    async () => service.verify(),
  )
}

async function listProofs(service: RetentionService, query: Static<typeof ProofQuery>) {
  const { limit, cursor } = query
  const [last = Number.MAX_SAFE_INTEGER] = cursor === undefined ? [] : decodeCursor(cursor, 1)
  const filters = (['run', 'host', 'class'] as const).flatMap((column) => {
    const value = query[column]
    return value === undefined ? [] : [{ sql: ` AND ${column} = ?`, value }]
  })
  const clause = `WHERE sequence < ?${filters.map(({ sql }) => sql).join('')} ORDER BY sequence DESC LIMIT ?`
  const rows = await service.proofs(clause, [last, ...filters.map(({ value }) => value), limit + 1])
  return toPage('proofs', rows.map(toProof), { limit, keyOf: ({ sequence }) => [sequence] })
}

function toProof({ period, cutoff, details, ...row }: ProofRow) {
  return { ...row, period_seconds: period, before: cutoff, details: JSON.parse(details) as object }
}

function toStatusAnswer({ rules, nextStartAt, isRunning, lastRun, ...rest }: RetentionStatus) {
  return {
    ...rest,
    next_run_at: nextStartAt === undefined ? null : Math.floor(nextStartAt / 1000),
    is_running: isRunning,
    last_run: lastRun ?? null,
    rules: rules.routes.map(({ routeId, host, state, options }) => ({
      route_id: routeId,
      host,
      state,
      periods:
        options === undefined
          ? null
          : Object.fromEntries(RETENTION_CLASSES.map((name) => [name, periodOf(options, name)])),
    })),
  }
}
