import { closeSync, openSync } from 'node:fs'
import type Sqlite from 'better-sqlite3'
import { describeOpenError } from './database-error.ts'
import { openConnection } from './open-connection.ts'

const CACHE_KIB = 2_048

/**
 * The main thread's own connection. It is synchronous and may wait seconds for a lock: for start-up (migrations, route
 * ids), never on the way of a request; rows go through the writer and queries through the reader.
 */
export interface Database {
  /** Absolute or relative path, as given. */
  readonly file: string
  readonly sqlite: Sqlite.Database
  close(): void
}

/** Which file, and how long to wait for another process's lock: meanwhile this thread does nothing else. */
export interface DatabaseOptions {
  readonly file: string
  /** Default 5,000 ms. */
  readonly busyTimeoutMs?: number
}

/** Opens the file, or makes it readable for its owner alone; throws a DatabaseError with file, cause and what to do. */
export function openDatabase({ file, ...options }: DatabaseOptions): Database {
  createPrivately(file)
  const sqlite = openConnection({ file, mode: 'write', cacheKiB: CACHE_KIB, ...options })
  return { file, sqlite, close: () => void sqlite.close() }
}

/** SQLite would create the file readable for everybody; its -wal and -shm files take over the mode of the file. */
function createPrivately(file: string): void {
  try {
    closeSync(openSync(file, 'a', 0o600))
  } catch (error) {
    throw describeOpenError(file, error)
  }
}
