import type { Row, RowTable } from './row-sink.ts'

/** Rows for one prepared statement. */
export interface Insert {
  readonly sql: string
  readonly rows: readonly Row[]
}

/** What is written in one transaction. */
export interface Batch {
  readonly rowCount: number
  readonly inserts: readonly Insert[]
}

/** How many rows may wait in all, and how many make a batch. */
export interface RowQueueLimits {
  readonly maxQueuedRows: number
  readonly batchRows: number
}

interface QueuedTable {
  readonly sql: string
  rows: Row[]
}

/**
 * The bounded queue before the writer thread. A row array is kept as it is, and batches leave in the order in which they
 * were filled; rows in a batch under way count as queued until they are settled.
 */
export class RowQueue {
  readonly #limits: RowQueueLimits
  readonly #tables = new Map<RowTable, QueuedTable>()
  readonly #handles = new Map<string, RowTable>()
  #batches: Batch[] = []
  #openRows = 0
  #queued = 0
  #settled = 0

  constructor(limits: RowQueueLimits) {
    this.#limits = limits
  }

  /** Rows waiting or under way. */
  get queued(): number {
    return this.#queued
  }

  /** Rows written or given up so far. */
  get settled(): number {
    return this.#settled
  }

  /** Whether at least one batch is complete. */
  get hasBatch(): boolean {
    return this.#batches.length > 0
  }

  /** The handle of a table and its columns; throws if there are none. */
  register(table: string, columns: readonly string[]): RowTable {
    if (columns.length === 0) throw new TypeError(`insertInto('${table}') needs at least one column`)
    const sql = insertStatement(table, columns)
    const registered = this.#handles.get(sql)
    if (registered !== undefined) return registered
    const handle = Object.freeze({ table, columns: Object.freeze([...columns]) })
    this.#handles.set(sql, handle)
    this.#tables.set(handle, { sql, rows: [] })
    return handle
  }

  /** The INSERT of a handle; throws for one of another queue. */
  sqlOf(table: RowTable): string {
    return this.#tableOf(table).sql
  }

  /** Takes a row, or returns false if the queue is full; throws if the row does not fit the table's columns. */
  push(table: RowTable, row: Row): boolean {
    const queuedTable = this.#tableOf(table)
    checkLength(table, row)
    if (this.#queued >= this.#limits.maxQueuedRows) return false
    queuedTable.rows.push(row)
    this.#queued++
    this.#openRows++
    if (this.#openRows >= this.#limits.batchRows) this.seal()
    return true
  }

  /** Makes a batch of the rows that are not in one yet. */
  seal(): void {
    if (this.#openRows === 0) return
    const inserts: Insert[] = []
    for (const table of this.#tables.values()) {
      if (table.rows.length === 0) continue
      inserts.push({ sql: table.sql, rows: table.rows })
      table.rows = []
    }
    this.#batches.push({ rowCount: this.#openRows, inserts })
    this.#openRows = 0
  }

  /** Takes the oldest batch; its rows count as queued until `settle`. */
  shift(): Batch | undefined {
    return this.#batches.shift()
  }

  /** Notes that the rows of a batch are written or given up. */
  settle({ rowCount }: Batch): void {
    this.#queued -= rowCount
    this.#settled += rowCount
  }

  #tableOf(table: RowTable): QueuedTable {
    const queuedTable = this.#tables.get(table)
    if (queuedTable !== undefined) return queuedTable
    throw new TypeError(
      `The table handle "${table.table}" is of another writer: get one from this writer's insertInto().`,
    )
  }
}

/** Throws a TypeError if a row has more or fewer values than the table has columns. */
export function checkLength({ table, columns }: RowTable, row: Row): void {
  if (row.length === columns.length) return
  throw new TypeError(
    `A row for ${table} has ${row.length} values, but ${columns.length} columns: ${columns.join(', ')}.`,
  )
}

function insertStatement(table: string, columns: readonly string[]): string {
  const names = columns.map(quoteName).join(', ')
  return `INSERT INTO ${quoteName(table)} (${names}) VALUES (${columns.map(() => '?').join(', ')})`
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
