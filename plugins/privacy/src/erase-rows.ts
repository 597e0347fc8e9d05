import type { SqlValue, Storage, TableDefinition } from '@drawbridge/plugin-kit'
import type { RememberedRow } from './erasure-list.ts'
import { isExempt } from './places.ts'
import { conditionFor, quoteName, type SqlPiece } from './row-condition.ts'
import { type FoundRow, keyIsOneOf, type Scan, scanRows } from './scan-rows.ts'
import type { ResolvedSubject } from './subject.ts'
import { readShape } from './table-shape.ts'

const BATCH_ROWS = 500

/** What is done with a person's records in one place. */
export type PlaceAction = 'deleted' | 'cleared' | 'kept' | 'not searched'

/** How an erasure went in one table. */
export interface RowOutcome {
  readonly action: PlaceAction
  readonly count: number
  /** Erased rows that a re-application could not find again. */
  readonly forgotten: number
  readonly reason?: string
}

/** How a table is erased. */
export interface RowErasure {
  readonly storage: Storage
  readonly subject: ResolvedSubject
  /** Counts only. */
  readonly isDryRun: boolean
  /** Called, and awaited, with rows that nothing else would find again, before they are erased. */
  remember(table: string, rows: readonly RememberedRow[]): Promise<void>
}

/** Erases a subject's rows of one table, in transactions of at most 500 rows. */
export async function eraseRows(table: TableDefinition, erasure: RowErasure): Promise<RowOutcome> {
  const { storage, subject } = erasure
  const shape = await readShape(storage, table.name)
  if (shape === undefined)
    return { ...NOTHING, action: 'not searched', reason: 'There is no such table in the database.' }
  const condition = conditionFor(table, subject)
  if (condition === undefined)
    return { ...NOTHING, action: 'not searched', reason: 'None of its columns can be searched for this.' }
  const scan: Scan = { storage, table, shape, condition }
  let count = 0
  let forgotten = 0
  for await (const rows of scanRows(scan)) {
    if (erasure.isDryRun || isExempt(table)) {
      count += rows.length
      continue
    }
    forgotten += await remember(scan, rows, erasure)
    count += await eraseInBatches(scan, rows)
  }
  if (isExempt(table)) return { action: 'kept', count, forgotten: 0, reason: table.keptBecause?.en ?? '' }
  return { action: isCleared(table) ? 'cleared' : 'deleted', count, forgotten }
}

/** Erases the rows of an older copy of the database that an erasure remembered by key and time. Resolves with how many were there. */
export async function eraseRemembered(
  storage: Storage,
  table: TableDefinition,
  rows: readonly RememberedRow[],
): Promise<number> {
  const shape = await readShape(storage, table.name)
  if (shape?.hasRowid !== true || table.retention === undefined) return 0
  const withTime = { ...shape, keys: ['rowid', table.retention.timeColumn] }
  let count = 0
  for (const batch of inBatches(rows)) {
    // SQLite finds rows by key alone; by key and time together it would read the whole table.
    const keys = keyIsOneOf(
      shape,
      batch.map(([rowid]) => [rowid]),
    )
    count += await erase(storage, table, [keys, keyIsOneOf(withTime, batch)])
  }
  return count
}

const NOTHING = { count: 0, forgotten: 0 }

async function remember({ table, shape }: Scan, rows: readonly FoundRow[], erasure: RowErasure): Promise<number> {
  const others = rows.filter(({ isRemembered }) => !isRemembered)
  if (others.length === 0) return 0
  // A primary key of words may itself be what must go; without a time a later row could have got the same key.
  if (!shape.hasRowid || table.retention === undefined) return others.length
  const remembered = others.map(({ key: [rowid = null], time }): RememberedRow => [rowid, time])
  await erasure.remember(table.name, remembered)
  return 0
}

async function eraseInBatches({ storage, table, shape, condition }: Scan, rows: readonly FoundRow[]): Promise<number> {
  let count = 0
  for (const batch of inBatches(rows)) {
    const keys = keyIsOneOf(
      shape,
      batch.map(({ key }) => key),
    )
    // The condition again: since it was looked at, the row may have given its key to another one.
    count += await erase(storage, table, [keys, condition.where])
  }
  return count
}

async function erase(storage: Storage, table: TableDefinition, where: readonly SqlPiece[]): Promise<number> {
  const name = quoteName(table.name)
  const { erasure } = table
  const verb =
    typeof erasure === 'object'
      ? `UPDATE ${name} SET ${erasure.clear.map((column) => `${quoteName(column)} = NULL`).join(', ')}`
      : `DELETE FROM ${name}`
  const sql = `${verb} WHERE ${where.map((piece) => piece.sql).join(' AND ')}`
  const params: SqlValue[] = where.flatMap((piece) => piece.params)
  const [changed = 0] = await storage.durable([{ sql, params }])
  return changed
}

function* inBatches<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < rows.length; start += BATCH_ROWS) yield rows.slice(start, start + BATCH_ROWS)
}

function isCleared({ erasure }: TableDefinition): boolean {
  return typeof erasure === 'object'
}
