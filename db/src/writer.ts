import { setTimeout as delay } from 'node:timers/promises'
import { DatabaseError, isRowError, toPlainError } from './database-error.ts'
import { type Batch, checkLength, type Insert, RowQueue } from './row-queue.ts'
import type { Row, RowSink, RowSinkStats, RowTable, RowWrite } from './row-sink.ts'
import type { SqlValue } from './sql-value.ts'
import type { RowsResult } from './writer-protocol.ts'
import { WriterThread } from './writer-thread.ts'

const MAX_PENDING_DURABLE = 1_000
const ROW_TRIES = 3
const RETRY_AFTER_MS = 250

/** How the writer works; only `file` has no default. */
export interface WriterOptions {
  readonly file: string
  /** A row waits at most this long before it is on its way to the file. Default 250 ms. */
  readonly flushIntervalMs?: number
  /** Rows that may wait, including those under way; more are dropped. Default 20,000 (about 10 MiB of log rows). */
  readonly maxQueuedRows?: number
  /** Rows in one transaction: bounds what a durable write may have to wait for. Default 500. */
  readonly batchRows?: number
  /** Told after each attempt to write how it went: the error that concerns the whole file, or nothing. */
  readonly onOutcome?: (error?: Error) => void
}

/** One statement with its parameters, as a durable write. */
export interface StatementWrite {
  readonly sql: string
  readonly params?: readonly SqlValue[]
}

/** The row sink over SQLite, which takes statements as durable writes too. */
export interface Writer extends RowSink {
  /**
   * Makes the writes in one transaction, all or nothing, and resolves with the rows changed by each one after it is synced
   * to disk. Rejects with a DatabaseError whose `cause` is SQLite's error, and if 1,000 durable writes are pending.
   */
  durable(writes: readonly (RowWrite | StatementWrite)[]): Promise<number[]>
  /** Empties the -wal file into the database, so that what was deleted is in neither. Rejects while a query reads from it. */
  compact(): Promise<void>
  /** Opens the file again for the next write: another one has taken its place. */
  reopen(): Promise<void>
}

/** A writer for a file that has been opened and migrated; its thread starts with the first write. */
export function createWriter(options: WriterOptions): Writer {
  return new ThreadWriter(options)
}

interface FlushWaiter extends PromiseWithResolvers<void> {
  readonly settledRows: number
}

class ThreadWriter implements Writer {
  readonly #thread: WriterThread
  readonly #queue: RowQueue
  readonly #flushIntervalMs: number
  readonly #onOutcome: (error?: Error) => void
  readonly #flushWaiters: FlushWaiter[] = []
  #timer: NodeJS.Timeout | undefined
  #isDraining = false
  #closing: Promise<void> | undefined
  #pendingDurable = 0
  #written = 0
  #dropped = 0
  #failed = 0
  #lastError: string | undefined

  constructor(options: WriterOptions) {
    const { file, flushIntervalMs = 250, maxQueuedRows = 20_000, batchRows = 500, onOutcome = () => {} } = options
    this.#onOutcome = onOutcome
    this.#thread = new WriterThread(file)
    this.#queue = new RowQueue({ maxQueuedRows, batchRows })
    this.#flushIntervalMs = flushIntervalMs
  }

  insertInto(table: string, columns: readonly string[]): RowTable {
    return this.#queue.register(table, columns)
  }

  enqueue(table: RowTable, row: Row): boolean {
    if (this.#closing !== undefined || !this.#queue.push(table, row)) {
      this.#dropped++
      return false
    }
    if (this.#queue.hasBatch) void this.#drain()
    else this.#timer ??= setTimeout(() => this.#sealAndDrain(), this.#flushIntervalMs).unref()
    return true
  }

  async durable(writes: readonly (RowWrite | StatementWrite)[]): Promise<number[]> {
    if (this.#closing !== undefined) throw new DatabaseError('DRAWBRIDGE_DB_CLOSED', 'The writer is closed.')
    if (this.#pendingDurable >= MAX_PENDING_DURABLE) throw tooManyPending()
    const inserts = writes.map((write) => this.#toInsert(write))
    this.#pendingDurable++
    try {
      const { changes = [] } = await this.#thread.keepAlive(this.#thread.call({ kind: 'durable', inserts }))
      this.#onOutcome()
      return changes
    } catch (error) {
      if (!isRowError(error)) this.#onOutcome(error as Error)
      const text = `The write was not made: ${toPlainError(error).message}`
      throw new DatabaseError('DRAWBRIDGE_DB_WRITE', text, { cause: error })
    } finally {
      this.#pendingDurable--
    }
  }

  async compact(): Promise<void> {
    try {
      await this.#thread.keepAlive(this.#thread.call({ kind: 'compact', inserts: [] }))
    } catch (error) {
      const text = `Deleted rows may still be in the -wal file: ${toPlainError(error).message}`
      throw new DatabaseError('DRAWBRIDGE_DB_WRITE', text, { cause: error })
    }
  }

  async reopen(): Promise<void> {
    await this.#thread.call({ kind: 'reopen', inserts: [] })
  }

  async flush(): Promise<void> {
    this.#sealAndDrain()
    if (this.#queue.queued === 0) return
    const waiter = { settledRows: this.#queue.settled + this.#queue.queued, ...Promise.withResolvers<void>() }
    this.#flushWaiters.push(waiter)
    await this.#thread.keepAlive(waiter.promise)
  }

  stats(): RowSinkStats {
    return {
      queued: this.#queue.queued,
      written: this.#written,
      dropped: this.#dropped,
      failed: this.#failed,
      lastError: this.#lastError,
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.flush().then(() => this.#thread.close())
    return this.#closing
  }

  #toInsert(write: RowWrite | StatementWrite): Insert {
    if ('sql' in write) return { sql: write.sql, rows: [write.params ?? []] }
    for (const row of write.rows) checkLength(write.table, row)
    return { sql: this.#queue.sqlOf(write.table), rows: write.rows }
  }

  #sealAndDrain(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#queue.seal()
    void this.#drain()
  }

  /** One batch at a time, so that a durable write sent meanwhile is next in the thread's line. Never rejects. */
  async #drain(): Promise<void> {
    if (this.#isDraining) return
    this.#isDraining = true
    for (let batch = this.#queue.shift(); batch !== undefined; batch = this.#queue.shift()) {
      this.#settle(batch, await this.#write(batch))
    }
    this.#isDraining = false
  }

  async #write({ inserts, rowCount }: Batch): Promise<RowsResult> {
    for (let triesLeft = ROW_TRIES - 1; triesLeft >= 0; triesLeft--) {
      try {
        const { rows } = await this.#thread.call({ kind: 'rows', inserts })
        if (rows === undefined) continue
        this.#onOutcome()
        return rows
      } catch (error) {
        this.#onOutcome(error as Error)
        this.#lastError = toPlainError(error).message
        if (triesLeft > 0) await delay(RETRY_AFTER_MS, undefined, { ref: false })
      }
    }
    return { written: 0, failed: rowCount, lastError: this.#lastError }
  }

  #settle(batch: Batch, { written, failed, lastError }: RowsResult): void {
    this.#written += written
    this.#failed += failed
    this.#lastError = lastError ?? this.#lastError
    this.#queue.settle(batch)
    for (let waiter = this.#flushWaiters[0]; waiter && waiter.settledRows <= this.#queue.settled; ) {
      waiter.resolve()
      this.#flushWaiters.shift()
      waiter = this.#flushWaiters[0]
    }
  }
}

function tooManyPending(): DatabaseError {
  const text = `The write was not made: ${MAX_PENDING_DURABLE} durable writes are pending. Try again later.`
  return new DatabaseError('DRAWBRIDGE_DB_BUSY', text)
}
