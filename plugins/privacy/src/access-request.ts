import type { FoundRecord, ServiceHost, SqlValue, TableDefinition } from '@drawbridge/plugin-kit'
import { account, accountResult, auditFacts, type Requester } from './accountability.ts'
import type { Fingerprints } from './fingerprints.ts'
import { findPlaces } from './places.ts'
import { conditionFor, quoteName } from './row-condition.ts'
import { type FoundRow, keyIsOneOf, scanRows } from './scan-rows.ts'
import { searchNotes } from './search-notes.ts'
import type { ResolvedSubject } from './subject.ts'
import { readShape } from './table-shape.ts'

/** Records shown of one table or file store; the count is of all. */
const MAX_SHOWN = 10_000
const READ_ROWS = 500

/** What is stored about a person in one table or file store. */
export interface PlaceExport {
  readonly kind: 'table' | 'files'
  readonly name: string
  readonly holds: { readonly en: string; readonly de: string }
  readonly count: number
  /** False where only the first 10,000 records are shown. */
  readonly is_complete: boolean
  readonly records: readonly FoundRecord[]
}

/** The answer to an access request (GDPR Art. 15). */
export interface AccessExport {
  /** Seconds since 1970. */
  readonly generated_at: number
  readonly subject: { readonly kind: string; readonly fingerprint: string }
  readonly dry_run: boolean
  readonly count: number
  readonly places: readonly PlaceExport[]
  readonly notes: readonly string[]
}

/** Whose data is asked for, by whom, and whether it is only to be counted. */
export interface AccessOrder {
  readonly subject: ResolvedSubject
  readonly requester: Requester
  readonly isDryRun: boolean
  readonly fingerprints: Fingerprints
}

/** Collects everything about a subject; the audit log has it before anything is read. */
export async function collectData(host: ServiceHost, order: AccessOrder): Promise<AccessExport> {
  const { subject, requester, isDryRun } = order
  const fingerprint = order.fingerprints.of(subject.canonical)
  const facts = { subject: subject.kind, fingerprint, dry_run: isDryRun }
  await account(host, { ...auditFacts(requester), action: 'privacy_access', resourceId: fingerprint, after: facts })
  await host.storage.flush()
  const { tables, stores } = findPlaces(host)
  const max = isDryRun ? 0 : MAX_SHOWN
  const places: PlaceExport[] = []
  for (const { table } of tables) places.push(await readTable(host, table, { subject, max }))
  for (const { store } of stores) {
    const records = await store.find(subject.subject, isDryRun ? Number.MAX_SAFE_INTEGER : MAX_SHOWN + 1)
    const shown = records.slice(0, max).map(toPlain)
    const { name, holds } = store
    places.push({
      kind: 'files',
      name,
      holds,
      count: records.length,
      is_complete: isWhole(records, max, isDryRun),
      records: shown,
    })
  }
  const count = places.reduce((sum, place) => sum + place.count, 0)
  const entry = { ...auditFacts(requester), action: 'privacy_access', resourceId: fingerprint }
  await accountResult(host, { ...entry, outcome: 'done', after: { ...facts, count } })
  return {
    generated_at: Math.floor(host.clock.wallNow() / 1000),
    subject: { kind: subject.kind, fingerprint },
    dry_run: isDryRun,
    count,
    places: places.filter((place) => place.count > 0),
    notes: searchNotes(host, subject),
  }
}

async function readTable(
  { storage }: ServiceHost,
  table: TableDefinition,
  { subject, max }: { subject: ResolvedSubject; max: number },
): Promise<PlaceExport> {
  const empty = {
    kind: 'table',
    name: table.name,
    holds: table.holds,
    count: 0,
    is_complete: true,
    records: [],
  } as const
  const shape = await readShape(storage, table.name)
  const condition = shape === undefined ? undefined : conditionFor(table, subject)
  if (shape === undefined || condition === undefined) return empty
  const records: FoundRecord[] = []
  let count = 0
  for await (const rows of scanRows({ storage, table, shape, condition })) {
    count += rows.length
    for (let start = 0; start < rows.length && records.length < max; start += READ_ROWS) {
      const wanted = rows.slice(start, start + Math.min(READ_ROWS, max - records.length))
      const where = keyIsOneOf(shape, wanted.map(keyOf))
      const read = await storage.all(`SELECT * FROM ${quoteName(table.name)} WHERE ${where.sql}`, where.params)
      records.push(...read.map(toPlain))
    }
  }
  return { ...empty, count, is_complete: max === 0 || count <= max, records }
}

function keyOf({ key }: FoundRow): readonly SqlValue[] {
  return key
}

function isWhole(records: readonly FoundRecord[], max: number, isDryRun: boolean): boolean {
  return isDryRun || records.length <= max
}

/** As JSON can say it. */
function toPlain(record: FoundRecord): FoundRecord {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name,
      typeof value === 'bigint'
        ? String(value)
        : value instanceof Uint8Array
          ? Buffer.from(value).toString('base64')
          : value,
    ]),
  )
}
