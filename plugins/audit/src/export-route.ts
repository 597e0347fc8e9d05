import type { ServiceHost } from '@drawbridge/plugin-kit'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { AuditLog } from './audit-log.ts'
import { CHAIN_COLUMNS, PAYLOAD_COLUMNS, PERSON_COLUMNS } from './chain.ts'

const MAX_ENTRIES = 500

const ExportQuery = Type.Object(
  {
    after: Type.Integer({ description: 'The last entry that is known already.', default: 0, minimum: 0 }),
    limit: Type.Integer({ description: 'Entries at most.', default: MAX_ENTRIES, minimum: 1, maximum: MAX_ENTRIES }),
  },
  { additionalProperties: false },
)

const Row = (description: string) =>
  Type.Unsafe<object | null>({ type: ['object', 'null'], additionalProperties: true, description })

const ExportAnswer = Type.Object(
  {
    public_key: Type.String({ description: 'PEM: verifies the checkpoints.' }),
    entries: Type.Array(
      Type.Object(
        {
          link: Row('Row of audit_chain.'),
          payload: Row('Row of audit_payloads; null where it was removed.'),
          person: Row('Row of audit_persons; null where it was removed.'),
          checkpoint: Row('The checkpoint at this entry, if there is one.'),
        },
        { additionalProperties: false },
      ),
    ),
    next_after: Type.Union([Type.Integer(), Type.Null()], {
      description: '`after` of the next page; null on the last.',
    }),
  },
  { additionalProperties: false },
)

/** Adds `/audit/export`: rows as they are stored, for a verifier that trusts nothing here. */
export function addExportRoute(app: FastifyInstance, host: ServiceHost, log: AuditLog): void {
  app.get<{ Querystring: Static<typeof ExportQuery> }>(
    '/audit/export',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'The audit log as it is stored, oldest first',
        querystring: ExportQuery,
        response: { 200: ExportAnswer },
      },
    },
    async ({ query, caller, id }) => {
      const { kind, name, source, address } = caller
      await log.append({
        actor: { kind, name },
        source,
        address,
        requestId: id,
        action: 'audit_exported',
        resourceType: 'audit_log',
        after: query,
      })
      return exportEntries(host, log, query)
    },
  )
}

async function exportEntries({ storage }: ServiceHost, log: AuditLog, query: Static<typeof ExportQuery>) {
  const rows = await storage.all(EXPORTED, [query.after, query.limit + 1])
  const shown = rows.slice(0, query.limit)
  return {
    public_key: log.keys().publicKey,
    entries: shown.map((row) => ({
      link: part(row.link),
      payload: part(row.payload),
      person: part(row.person),
      checkpoint: part(row.checkpoint),
    })),
    next_after: rows.length > query.limit ? Number(shown.at(-1)?.sequence) : null,
  }
}

const EXPORTED = `SELECT c.sequence, ${asJson('c', CHAIN_COLUMNS)} AS link, ${asJson('p', PAYLOAD_COLUMNS)} AS payload,
  ${asJson('n', PERSON_COLUMNS)} AS person,
  ${asJson('k', ['sequence', 'time_ms', 'hash', 'key_id', 'signature'])} AS checkpoint
  FROM audit_chain AS c LEFT JOIN audit_payloads AS p ON p.sequence = c.sequence
  LEFT JOIN audit_persons AS n ON n.sequence = c.sequence LEFT JOIN audit_checkpoints AS k ON k.sequence = c.sequence
  WHERE c.sequence > ? ORDER BY c.sequence LIMIT ?`

function asJson(table: string, columns: readonly string[]): string {
  const members = columns.map((column) => `'${column}', ${table}.${column}`).join(', ')
  return `iif(${table}.sequence IS NULL, NULL, json_object(${members}))`
}

function part(json: unknown): object | null {
  return typeof json === 'string' ? (JSON.parse(json) as object) : null
}
