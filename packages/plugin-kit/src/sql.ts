/** A value as SQLite stores it. */
export type SqlValue = string | number | bigint | null | Uint8Array

/** A table that rows are put into, as registered with `Storage.insertInto`. */
export interface RowTable {
  readonly table: string
  readonly columns: readonly string[]
}

/** Rows for one registered table, as a durable write; values in the order of its columns. */
export interface RowWrite {
  readonly table: RowTable
  readonly rows: readonly (readonly SqlValue[])[]
}

/** One statement with its parameters, as a durable write. */
export interface StatementWrite {
  readonly sql: string
  readonly params?: readonly SqlValue[]
}
