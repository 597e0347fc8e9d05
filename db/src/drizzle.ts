import { createRequire } from 'node:module'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { SqliteRemoteDatabase } from 'drizzle-orm/sqlite-proxy'
import { DatabaseError } from './database-error.ts'
import type { Database } from './open-database.ts'
import type { QueryReader } from './query-reader.ts'
import type { SqlValue } from './sql-value.ts'

// The only place that loads drizzle-orm. Measured on Node 24.21: `import` costs 242 MiB of memory and 0.4-0.6 s (a cyclic
// graph of hundreds of modules), `require` 21 MiB and 0.05 s. Elsewhere only its types may be imported.
const require = createRequire(import.meta.url)

/** drizzle-orm's operators and `sql`. */
export const orm = require('drizzle-orm') as typeof import('drizzle-orm')

/** drizzle-orm's table builder for SQLite. */
export const sqliteCore = require('drizzle-orm/sqlite-core') as typeof import('drizzle-orm/sqlite-core')

const overConnection = require('drizzle-orm/better-sqlite3') as typeof import('drizzle-orm/better-sqlite3')
const overCallback = require('drizzle-orm/sqlite-proxy') as typeof import('drizzle-orm/sqlite-proxy')

/** A Drizzle client over the main thread's connection: synchronous, so for start-up and rare administration only. */
export function createDrizzle({ sqlite }: Database): BetterSQLite3Database {
  return overConnection.drizzle(sqlite)
}

/** A Drizzle client whose queries the reader runs; anything but a SELECT is rejected. */
export function createDrizzleReader(reader: QueryReader): SqliteRemoteDatabase {
  return overCallback.drizzle(async (sql, params: SqlValue[], method) => {
    if (method === 'run') {
      throw new DatabaseError(
        'DRAWBRIDGE_DB_QUERY',
        'The reader cannot write: use the writer for statements without rows.',
      )
    }
    const rows = await reader.values(sql, params)
    // For `get` drizzle wants the one row itself, and undefined if there is none, which its type does not say.
    return { rows: method === 'get' ? (rows[0] as SqlValue[]) : rows }
  })
}
