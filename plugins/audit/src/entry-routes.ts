import {
  decodeCursor,
  listAnswer,
  listQuery,
  type Role,
  type ServiceHost,
  type SqlValue,
  toPage,
} from '@drawbridge/plugin-kit'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { AuditLog } from './audit-log.ts'
import { findChanges, unifiedDiff } from './differences.ts'
import { NamesHidden, NoSuchEntry } from './errors.ts'
import { SHOWN_COLUMNS, SHOWN_TABLES, ShownEntry, showEntry } from './shown-entry.ts'

const Text = (description: string) => Type.Optional(Type.String({ description, minLength: 1, maxLength: 256 }))
const Seconds = (description: string) => Type.Optional(Type.Integer({ description, minimum: 0 }))

const EntryQuery = listQuery({
  action: Text('Only this action: `config_reload`.'),
  user: Text('Only what this user, token or system did. Not for viewers.'),
  source: Text('Only through this: `dashboard`, `api`, `cli`, `file_watcher`, `system`.'),
  outcome: Text('Only with this outcome: `done`, `refused`, `failed`.'),
  resource_type: Text('Only what was done to this kind of thing.'),
  resource_id: Text('Only what was done to this thing.'),
  since: Seconds('Only from this moment, seconds since 1970.'),
  until: Seconds('Only before this moment, seconds since 1970.'),
})
type EntryQuery = Static<typeof EntryQuery>

const EntryId = Type.Object(
  { id: Type.Integer({ description: 'Number of an entry.', minimum: 1 }) },
  { additionalProperties: false },
)

const ChangeSchema = Type.Object(
  {
    type: Type.String({ description: '`CREATE`, `REMOVE` or `CHANGE`.' }),
    path: Type.Array(Type.Union([Type.String(), Type.Integer()]), { description: 'Keys on the way to the value.' }),
    before: Type.Unknown({ description: 'What it was.' }),
    after: Type.Unknown({ description: 'What it became.' }),
  },
  { additionalProperties: false },
)

const EntryDetail = Type.Object(
  {
    ...ShownEntry.properties,
    changes: Type.Union([Type.Array(ChangeSchema), Type.Null()], {
      description: 'The difference, value by value; null where the values were too long to be kept whole.',
    }),
    diff: Type.Union([Type.String(), Type.Null()], { description: 'The difference as a unified diff.' }),
  },
  { additionalProperties: false },
)

/** The conditions of the filters that are equal to something. */
const FILTERS = {
  action: 'p.action = ?',
  user: 'n.name = ?',
  source: 'p.source = ?',
  outcome: 'p.outcome = ?',
  resource_type: 'p.resource_type = ?',
  resource_id: 'p.resource_id = ?',
  since: 'p.timestamp >= ?',
  until: 'p.timestamp < ?',
} as const satisfies Partial<Record<keyof EntryQuery, string>>

/** Adds `/audit` and `/audit/:id`. */
export function addEntryRoutes(app: FastifyInstance, host: ServiceHost): void {
  app.get<{ Querystring: EntryQuery }>(
    '/audit',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'The audit log, newest first',
        querystring: EntryQuery,
        response: { 200: listAnswer('entries', ShownEntry) },
      },
    },
    async ({ query, caller }) => {
      if (query.user !== undefined && caller.role === 'viewer') throw new NamesHidden()
      const rows = await listEntries(host, query)
      const page = { limit: query.limit, keyOf: ({ audit_id }: ShownEntry) => [audit_id] }
      return toPage(
        'entries',
        rows.map((row) => showEntry(row, caller.role)),
        page,
      )
    },
  )
  app.get<{ Params: Static<typeof EntryId> }>(
    '/audit/:id',
    {
      config: { role: 'viewer' },
      schema: { summary: 'An entry with what it changed', params: EntryId, response: { 200: EntryDetail } },
    },
    async ({ params, caller }) => readEntry(host, params.id, caller.role),
  )
}

async function listEntries({ storage }: ServiceHost, query: EntryQuery): Promise<ShownEntry[]> {
  const [before = Number.MAX_SAFE_INTEGER] = query.cursor === undefined ? [] : decodeCursor(query.cursor, 1)
  const conditions = ['p.sequence < ?']
  const values: SqlValue[] = [before]
  for (const [name, condition] of Object.entries(FILTERS)) {
    const value = query[name as keyof typeof FILTERS]
    if (value === undefined) continue
    conditions.push(condition)
    values.push(value)
  }
  const sql = `SELECT ${SHOWN_COLUMNS} FROM ${SHOWN_TABLES}
    WHERE ${conditions.join(' AND ')} ORDER BY p.sequence DESC LIMIT ?`
  return (await storage.all(sql, [...values, query.limit + 1])) as unknown as ShownEntry[]
}

async function readEntry({ storage }: ServiceHost, id: number, role: Role) {
  const [row] = await storage.all(`SELECT ${SHOWN_COLUMNS} FROM ${SHOWN_TABLES} WHERE p.sequence = ?`, [id])
  if (row === undefined) throw new NoSuchEntry()
  const shown = showEntry(row as unknown as ShownEntry, role)
  const { old_value, new_value } = shown
  return { ...shown, changes: findChanges(old_value, new_value), diff: unifiedDiff(old_value, new_value) }
}

const Verdict = Type.Object(
  {
    is_valid: Type.Boolean({ description: 'Whether every entry is as it was written and none is missing.' }),
    entries: Type.Integer({ description: 'Entries that are as they were written, up to the first that is not.' }),
    first_bad: Type.Union([Type.Integer(), Type.Null()], { description: 'The first entry that is not.' }),
    reason: Type.Union([Type.String(), Type.Null()], { description: 'What is wrong with it.' }),
    head: Type.String({ description: 'The hash of the last good entry.' }),
    checkpoints: Type.Integer({ description: 'Signed checkpoints in the database.' }),
    unanchored: Type.Integer({
      description:
        'The last entry that the anchor knows nothing of, because the anchor is younger; 0 where it knows all.',
    }),
  },
  { additionalProperties: false },
)

/** Adds `/audit/verify`. */
export function addVerifyRoute(app: FastifyInstance, log: AuditLog): void {
  app.get(
    '/audit/verify',
    {
      config: { role: 'viewer' },
      schema: { summary: 'Whether the audit log was tampered with', response: { 200: Verdict } },
    },
    async (): Promise<Static<typeof Verdict>> => {
      const { fault, entries, last, checkpoints, unanchored } = await log.verify()
      return {
        is_valid: fault === undefined,
        entries,
        first_bad: fault?.sequence ?? null,
        reason: fault?.reason ?? null,
        head: last.hash,
        checkpoints,
        unanchored,
      }
    },
  )
}
