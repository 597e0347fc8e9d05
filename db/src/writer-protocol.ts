import type { PlainError } from './database-error.ts'
import type { Insert } from './row-queue.ts'

/** What the main thread asks of the writer thread; `id` comes back with the answer. */
export interface WriterRequest {
  readonly id: number
  /** `rows`: good rows go in, bad ones are counted. `durable`: all or nothing, synced to disk. `compact`: the -wal file is emptied. `reopen`: another file is in its place. `close`: end. */
  readonly kind: 'rows' | 'durable' | 'compact' | 'reopen' | 'close'
  readonly inserts: readonly Insert[]
}

/** How a batch of rows went. */
export interface RowsResult {
  readonly written: number
  readonly failed: number
  readonly lastError: string | undefined
}

/** The answer to one request; `error` excludes the results. */
export interface WriterReply {
  readonly id: number
  readonly error?: PlainError
  readonly rows?: RowsResult
  /** Rows changed by each write of a durable request. */
  readonly changes?: number[]
}
