import type Sqlite from 'better-sqlite3'
import { isRowError, toPlainError } from './database-error.ts'
import { openConnection } from './open-connection.ts'
import type { Insert } from './row-queue.ts'
import type { RowsResult } from './writer-protocol.ts'

/** Measured: keeps the pages of a table with three indexes at hand and saves about a quarter of the time per row against 2 MiB. */
const ROWS_CACHE_KIB = 8_192
const DURABLE_CACHE_KIB = 2_048

/**
 * The two connections of the writer thread, opened on first use. One that failed is closed and opened again for the next
 * try, so that a file put back in place, or a disk with room again, is enough to go on.
 */
export class WriterConnections {
  readonly #file: string
  #rows: Sqlite.Database | undefined
  #durable: Sqlite.Database | undefined
  readonly #statements = new Map<string, Sqlite.Statement>()

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
    let written = 0
    let failed = 0
    let lastError: string | undefined
    for (const { sql, rows } of inserts) {
      for (const row of rows) {
        try {
          this.#statement(connection, sql).run(row)
          written++
        } catch (error) {
          if (!isRowError(error) || !connection.inTransaction) throw error
          failed++
          lastError = `${sql}: ${toPlainError(error).message}`
        }
      }
    }
    return { written, failed, lastError }
  }

  /** Bounded by the tables registered: only their INSERT statements come here. */
  #statement(connection: Sqlite.Database, sql: string): Sqlite.Statement {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = connection.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }

  #closeRows(): void {
    this.#statements.clear()
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
