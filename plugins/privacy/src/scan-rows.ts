import type { SqlValue, Storage, TableDefinition } from '@drawbridge/plugin-kit'
import { quoteName, type RowCondition, type SqlPiece } from './row-condition.ts'
import type { TableShape } from './table-shape.ts'

/** Rows looked at in one query: a million rows of a request log take about a second, a query may take ten. */
const WINDOW_ROWS = 200_000
const PAGE_ROWS = 2_000

/** A row that is about the subject. */
export interface FoundRow {
  readonly key: readonly SqlValue[]
  /** Of the table's time column, seconds since 1970; null where it has none. */
  readonly time: SqlValue
  /** Can be found again by pseudonym or request id. */
  readonly isRemembered: boolean
}

/** What is scanned. */
export interface Scan {
  readonly storage: Storage
  readonly table: TableDefinition
  readonly shape: TableShape
  readonly condition: RowCondition
}

type Key = readonly SqlValue[]

/** All rows of the table for which the condition holds, in pages and in the order of their keys; no query looks at more than a window. */
export async function* scanRows(scan: Scan): AsyncGenerator<readonly FoundRow[]> {
  for (let after: Key | undefined, isLast = false; !isLast; ) {
    const end = await windowEnd(scan, after)
    yield* scanWindow(scan, after, end)
    after = end
    isLast = end === undefined
  }
}

/** The key of the last row of the window behind `after`; `undefined` where the table ends within it. */
async function windowEnd({ storage, table, shape }: Scan, after: Key | undefined): Promise<Key | undefined> {
  const behind = after === undefined ? undefined : compareKey(shape, '>', after)
  const [row] = await storage.all(
    `SELECT ${keyList(shape)} FROM ${quoteName(table.name)} ${whereAll([behind])} ORDER BY ${keyNames(shape)} LIMIT 1 OFFSET ${WINDOW_ROWS - 1}`,
    behind?.params ?? [],
  )
  return row === undefined ? undefined : keyOf(row, shape)
}

async function* scanWindow(
  scan: Scan,
  start: Key | undefined,
  end: Key | undefined,
): AsyncGenerator<readonly FoundRow[]> {
  const { storage, table, shape, condition } = scan
  const time = table.retention === undefined ? 'NULL' : quoteName(table.retention.timeColumn)
  const looked = condition.looksAt.map((column) => `, ${quoteName(column)} AS ${quoteName(column)}`).join('')
  const select = `SELECT ${keyList(shape)}, ${time} AS k_time, ${condition.remembered.sql} AS k_remembered${looked}`
  for (let after = start, isFull = true; isFull; ) {
    const bounds = [
      condition.where,
      after === undefined ? undefined : compareKey(shape, '>', after),
      end === undefined ? undefined : compareKey(shape, '<=', end),
    ]
    const rows = await storage.all(
      `${select} FROM ${quoteName(table.name)} ${whereAll(bounds)} ORDER BY ${keyNames(shape)} LIMIT ${PAGE_ROWS}`,
      [...condition.remembered.params, ...bounds.flatMap((bound) => bound?.params ?? [])],
    )
    isFull = rows.length === PAGE_ROWS
    const last = rows.at(-1)
    if (last !== undefined) after = keyOf(last, shape)
    const found = rows
      .filter((row) => row.k_remembered === 1 || condition.accepts(row))
      .map((row) => ({ key: keyOf(row, shape), time: row.k_time ?? null, isRemembered: row.k_remembered === 1 }))
    if (found.length > 0) yield found
  }
}

/** `rowid IN (…)`, or `(a, b) IN (VALUES …)`. */
export function keyIsOneOf({ keys }: TableShape, found: readonly Key[]): SqlPiece {
  const tuple = keys.length === 1 ? '?' : `(${keys.map(() => '?').join(', ')})`
  const list = found.map(() => tuple).join(', ')
  const names = keys.map(nameOfKey).join(', ')
  return {
    sql: keys.length === 1 ? `${names} IN (${list})` : `(${names}) IN (VALUES ${list})`,
    params: found.flat(),
  }
}

function compareKey({ keys }: TableShape, operator: '>' | '<=', key: Key): SqlPiece {
  const names = keys.map(nameOfKey).join(', ')
  return { sql: `(${names}) ${operator} (${keys.map(() => '?').join(', ')})`, params: key }
}

function whereAll(pieces: readonly (SqlPiece | undefined)[]): string {
  const real = pieces.filter((piece) => piece !== undefined)
  return real.length === 0 ? '' : `WHERE ${real.map(({ sql }) => sql).join(' AND ')}`
}

function keyList({ keys }: TableShape): string {
  return keys.map((key, index) => `${nameOfKey(key)} AS k_${index}`).join(', ')
}

function keyNames({ keys }: TableShape): string {
  return keys.map(nameOfKey).join(', ')
}

function keyOf(row: Readonly<Record<string, SqlValue>>, { keys }: TableShape): Key {
  return keys.map((_, index) => row[`k_${index}`] ?? null)
}

/** Quoted, `rowid` would be a column. */
function nameOfKey(key: string): string {
  return key === 'rowid' ? key : quoteName(key)
}
