import type { RowTable, RowWrite, SqlValue, StatementWrite } from './sql.ts'

/** Counts of the rows given to `enqueue` since the start. */
export interface StorageStats {
  readonly queued: number
  readonly written: number
  /** Refused because the queue was full or the storage not available. */
  readonly dropped: number
  /** Taken, but lost: the storage failed each time it was tried. */
  readonly failed: number
  /** Why rows failed, most recently. */
  readonly lastError: string | undefined
}

/**
 * Where plugins keep what must outlive the process: SQLite in the gateway. It may be away (disk full, file locked or damaged) and come
 * back by itself; requests never wait for it.
 */
export interface Storage {
  /** Why nothing can be stored right now, in words for the operator; `undefined` while all is well. */
  readonly problem: string | undefined
  /** Registers a table and the columns that rows will have; the same arguments give the same handle. */
  insertInto(table: string, columns: readonly string[]): RowTable
  /** Takes a row that may be lost under overload or in a crash; false (and counted) where it is not taken. Costs below 1 µs. */
  enqueue(table: RowTable, row: readonly SqlValue[]): boolean
  /**
   * Makes the writes in one transaction, all or nothing, and resolves with the rows changed by each once they are safe on
   * the disk. Rejects with an Error that says why. At most about 500 rows each: rows of others wait behind it.
   */
  durable(writes: readonly (RowWrite | StatementWrite)[]): Promise<number[]>
  /** The rows of a query that changes nothing: at most 5,000 rows and 10 seconds, else it rejects. Sees all durable writes that resolved before. */
  all(sql: string, params?: readonly SqlValue[]): Promise<Record<string, SqlValue>[]>
  /** Resolves when all rows enqueued before have been written or counted as failed. */
  flush(): Promise<void>
  /** Makes deleted bytes really go from the files (WAL checkpoint). Rejects while a query still holds them. */
  compact(): Promise<void>
  stats(): StorageStats
  /** Calls the listener now, if storage is there with all tables, and each time it comes back. */
  onReady(listener: () => void): void
}

/** The storage of a host that has none: takes nothing, and says so. */
export const noStorage: Storage = Object.freeze({
  problem: 'there is no storage here',
  insertInto: (table: string, columns: readonly string[]) => ({ table, columns }),
  enqueue: () => false,
  durable: () => Promise.reject(new Error('nothing can be stored: there is no storage here')),
  all: () => Promise.reject(new Error('nothing can be read: there is no storage here')),
  flush: () => Promise.resolve(),
  compact: () => Promise.resolve(),
  stats: () => ({ queued: 0, written: 0, dropped: 0, failed: 0, lastError: undefined }),
  onReady() {},
})
