import type { PlainError } from './database-error.ts'
import type { SqlValue } from './sql-value.ts'

/** One query for the reader process; more than `maxRows` rows is an error. */
export interface ReaderRequest {
  readonly sql: string
  readonly params: readonly SqlValue[]
  readonly maxRows: number
}

/** Names once, rows as arrays: objects would cost the main thread several times as much to receive. */
export interface ReaderResult {
  readonly columns: readonly string[]
  readonly rows: SqlValue[][]
}

/** The answer to the one request that is under way. */
export type ReaderReply = { readonly result: ReaderResult } | { readonly error: PlainError }
