import type Sqlite from 'better-sqlite3'
import { isRowError, toPlainError } from './database-error.ts'
import { openConnection } from './open-connection.ts'
import type { Insert } from './row-queue.ts'
import type { Row } from './row-sink.ts'
import type { SqlValue } from './sql-value.ts'
import type { RowsResult } from './writer-protocol.ts'

/** Measured: keeps the pages of a table with three indexes at hand and saves about a quarter of the time per row against 2 MiB. */
const ROWS_CACHE_KIB = 8_192
const DURABLE_CACHE_KIB = 2_048
/** Measured: saves about a tenth of the time per row of 24 values; 16 and 32 gain nothing more. */
const ROWS_AT_ONCE = 8

/**
 * The two connections of the writer thread, opened on first use. One that failed is closed and opened again for the next
 * try, so that a file put back in place, or a disk with room again, is enough to go on.
 */
export class WriterConnections {
  readonly #file: string
  #rows: Sqlite.Database | undefined
  #durable: Sqlite.Database | undefined
  readonly #statements = new Map<string, Sqlite.Statement>()
  readonly #groupStatements = new Map<string, Sqlite.Statement>()

  constructor(file: string) {
    this.#file = file
  }

  /** Inserts rows in one transaction, leaving out and counting those that cannot be stored; throws if nothing could be. */
  insertRows(inserts: readonly Insert[]): RowsResult {
    try {
      this.#rows ??= openConnection({ file: this.#file, mode: 'write', cacheKiB: ROWS_CACHE_KIB })
      const connection = this.#rows
      return connection.transaction(() => this.#insertGoodRows(connection, inserts)).immediate()
    } catch (error) {
      this.#closeRows()
      throw error
    }
  }

  /** Runs the statements in one transaction that is on the disk when this returns the rows changed by each of them. */
  writeDurably(inserts: readonly Insert[]): number[] {
    try {
      this.#durable ??= openConnection({ file: this.#file, mode: 'durable', cacheKiB: DURABLE_CACHE_KIB })
      const connection = this.#durable
      return connection.transaction(() => inserts.map((insert) => runAll(connection, insert))).immediate()
    } catch (error) {
      if (!isRowError(error)) this.#closeDurable()
      throw error
    }
  }

  /** Moves everything from the -wal file into the database and empties it: what was deleted is then in neither. Throws while a query still reads from it. */
  compact(): void {
    this.#durable ??= openConnection({ file: this.#file, mode: 'durable', cacheKiB: DURABLE_CACHE_KIB })
    const [result] = this.#durable.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
    if (result?.busy !== 0) throw new Error('a query is still reading from the -wal file')
  }

  /** Closes both; the last one to close empties the -wal file. */
  close(): void {
    this.#closeDurable()
    this.#closeRows()
  }

  #insertGoodRows(connection: Sqlite.Database, inserts: readonly Insert[]): RowsResult {
    const result = { written: 0, failed: 0, lastError: undefined as string | undefined }
    for (const { sql, rows } of inserts) {
      let next = 0
      for (; next + ROWS_AT_ONCE <= rows.length; next += ROWS_AT_ONCE) {
        const group = rows.slice(next, next + ROWS_AT_ONCE)
        if (this.#insertTogether(connection, sql, group)) result.written += ROWS_AT_ONCE
        else this.#insertSingly(connection, { sql, rows: group }, result)
      }
      this.#insertSingly(connection, { sql, rows: rows.slice(next) }, result)
    }
    return result
  }

  /** Several rows in one statement; false where one of them cannot be stored: then none of them is. */
  #insertTogether(connection: Sqlite.Database, sql: string, rows: readonly Row[]): boolean {
    const values: SqlValue[] = []
    for (const row of rows) for (const value of row) values.push(value)
    try {
      this.#statement(connection, sql, ROWS_AT_ONCE).run(values)
      return true
    } catch (error) {
      if (!isRowError(error) || !connection.inTransaction) throw error
      return false
    }
  }

  #insertSingly(
    connection: Sqlite.Database,
    { sql, rows }: Insert,
    result: { written: number; failed: number; lastError: string | undefined },
  ): void {
    for (const row of rows) {
      try {
        this.#statement(connection, sql, 1).run(row)
        result.written++
      } catch (error) {
        if (!isRowError(error) || !connection.inTransaction) throw error
        result.failed++
        result.lastError = `${sql}: ${toPlainError(error).message}`
      }
    }
  }

  /** Bounded by the tables registered: only their INSERT statements come here. */
  #statement(connection: Sqlite.Database, sql: string, rowCount: number): Sqlite.Statement {
    const statements = rowCount === 1 ? this.#statements : this.#groupStatements
    const known = statements.get(sql)
    if (known !== undefined) return known
    const values = sql.slice(sql.lastIndexOf('('))
    const statement = connection.prepare(sql + `, ${values}`.repeat(rowCount - 1))
    statements.set(sql, statement)
    return statement
  }

  #closeRows(): void {
    this.#statements.clear()
    this.#groupStatements.clear()
    this.#rows?.close()
    this.#rows = undefined
  }

  #closeDurable(): void {
    this.#durable?.close()
    this.#durable = undefined
  }
}

function runAll(connection: Sqlite.Database, { sql, rows }: Insert): number {
  const statement = connection.prepare(sql)
  let changes = 0
  for (const row of rows) changes += statement.run(row).changes
  return changes
}
