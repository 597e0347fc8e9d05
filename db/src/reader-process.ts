import { setPriority } from 'node:os'
import type Sqlite from 'better-sqlite3'
import { toPlainError } from './database-error.ts'
import { openConnection } from './open-connection.ts'
import type { ReaderReply, ReaderRequest, ReaderResult } from './reader-protocol.ts'
import type { SqlValue } from './sql-value.ts'

const CACHE_KIB = 8_192
/** Requests to the backends go first: a dashboard may wait. */
const NICENESS = 19

// The reader process's program: a process and not a thread, because SQLite in a thread cannot be interrupted.
const [, , file] = process.argv
if (file !== undefined && process.send !== undefined) serve(file)

function serve(file: string): void {
  setPriority(NICENESS)
  // A terminal or service manager signals the whole group; the reader ends with the gateway, not before it.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
  process.on('disconnect', () => process.exit())
  let connection: Sqlite.Database | undefined
  process.on('message', (request: ReaderRequest) => {
    try {
      connection ??= openConnection({ file, mode: 'read', cacheKiB: CACHE_KIB })
      reply({ result: run(connection, request) })
    } catch (error) {
      reply({ error: toPlainError(error) })
    }
  })
}

function reply(message: ReaderReply): void {
  process.send?.(message)
}

function run(connection: Sqlite.Database, { sql, params, maxRows }: ReaderRequest): ReaderResult {
  const statement = connection.prepare<unknown[], SqlValue[]>(sql)
  if (!statement.reader) throw new TypeError('the reader only runs queries that give rows: use the writer')
  const columns = statement.columns().map(({ name }) => name)
  const rows: SqlValue[][] = []
  for (const row of statement.raw().iterate(params)) {
    if (rows.length === maxRows) throw new RangeError(`it gives more than ${maxRows} rows: add a LIMIT`)
    rows.push(row)
  }
  return { columns, rows }
}
