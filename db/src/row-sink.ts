import type { SqlValue } from './sql-value.ts'

/** A table that rows are put into, as registered with `insertInto`. */
export interface RowTable {
  readonly table: string
  readonly columns: readonly string[]
}

/** The values of one row in the order of the table's columns. It belongs to the sink from then on: do not change it. */
export type Row = readonly SqlValue[]

/** Rows for one table. */
export interface RowWrite {
  readonly table: RowTable
  readonly rows: readonly Row[]
}

/** Counts of the rows given to `enqueue`, since the sink was created. */
export interface RowSinkStats {
  /** Waiting to be stored. */
  readonly queued: number
  readonly written: number
  /** Refused because the queue was full, or the sink closed. */
  readonly dropped: number
  /** Taken, but lost: the storage refused them, or failed each time it was tried. */
  readonly failed: number
  /** Why rows failed or a try had to be repeated, most recently. */
  readonly lastError: string | undefined
}

/** Where finished records go. It says nothing about what stores them, so that another database can take its place. */
export interface RowSink {
  /** Registers a table and the columns that rows will have; the same arguments give the same handle. */
  insertInto(table: string, columns: readonly string[]): RowTable
  /** Takes a row that may be lost under overload or in a crash; false (and counted) if the queue is full. Costs below 5 µs. */
  enqueue(table: RowTable, row: Row): boolean
  /** Stores what must not be lost, all of it or nothing, and resolves with the rows changed by each write once it is safe. */
  durable(writes: readonly RowWrite[]): Promise<number[]>
  /** Resolves when all rows enqueued before have been written or counted as failed. */
  flush(): Promise<void>
  stats(): RowSinkStats
  /** Stores what is queued and ends; rows given later are counted as dropped. */
  close(): Promise<void>
}
