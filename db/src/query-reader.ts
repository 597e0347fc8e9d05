import type { SqlValue } from './sql-value.ts'

/** Runs queries that cannot change anything, away from the way of requests; bounded in time, rows and number. */
export interface QueryReader {
  /** The rows as objects, by column name. */
  all(sql: string, params?: readonly SqlValue[]): Promise<Record<string, SqlValue>[]>
  /** The rows as arrays of values, in the order of the columns. */
  values(sql: string, params?: readonly SqlValue[]): Promise<SqlValue[][]>
  /** Ends at once; queries not answered yet are rejected. */
  close(): Promise<void>
}
