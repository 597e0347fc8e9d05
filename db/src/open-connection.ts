import Sqlite from 'better-sqlite3'
import { describeOpenError } from './database-error.ts'

const BUSY_TIMEOUT_MS = 5_000
/** The -wal file shrinks back to this after a checkpoint: it also holds earlier page images, so it is not kept large. */
const JOURNAL_SIZE_LIMIT_BYTES = 16 * 1024 * 1024

/** `write` survives a killed process, `durable` also a lost power line, `read` cannot write. */
export type ConnectionMode = 'write' | 'durable' | 'read'

/** Where the file is, what the connection is for and how much memory its page cache may take. */
export interface ConnectionOptions {
  readonly file: string
  readonly mode: ConnectionMode
  readonly cacheKiB: number
  /** How long to wait for another process's lock. Default 5,000 ms. */
  readonly busyTimeoutMs?: number
}

/** Opens one SQLite connection to an existing file with this project's settings; throws a DatabaseError that says file, cause and what to do. */
export function openConnection({
  file,
  mode,
  cacheKiB,
  busyTimeoutMs = BUSY_TIMEOUT_MS,
}: ConnectionOptions): Sqlite.Database {
  let connection: Sqlite.Database | undefined
  try {
    connection = new Sqlite(file, { readonly: mode === 'read', fileMustExist: true, timeout: busyTimeoutMs })
    applyPragmas(connection, mode)
    connection.pragma(`cache_size = -${cacheKiB}`)
    // Reads the schema, so that a damaged file is found now and not at the first request.
    connection.prepare('SELECT count(*) FROM sqlite_schema').get()
    return connection
  } catch (error) {
    connection?.close()
    throw describeOpenError(file, error)
  }
}

function applyPragmas(connection: Sqlite.Database, mode: ConnectionMode): void {
  connection.pragma('foreign_keys = ON')
  if (mode === 'read') {
    connection.pragma('query_only = ON')
    return
  }
  const journalMode = connection.pragma('journal_mode = WAL', { simple: true })
  if (journalMode !== 'wal') {
    throw new Error(`the file system does not support write-ahead logging (it stays in mode ${journalMode})`)
  }
  connection.pragma(`synchronous = ${mode === 'durable' ? 'FULL' : 'NORMAL'}`)
  connection.pragma('secure_delete = ON')
  connection.pragma(`journal_size_limit = ${JOURNAL_SIZE_LIMIT_BYTES}`)
}
