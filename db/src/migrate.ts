import { createHash } from 'node:crypto'
import { DatabaseError } from './database-error.ts'
import type { Database } from './open-database.ts'

/** One step forward. Once released, neither `id` nor `sql` may change: correct it with a further migration. */
export interface Migration {
  /** Unique for its owner, e.g. `0001-routes`. */
  readonly id: string
  /** One or more SQL statements; they run in a transaction of the runner, so without BEGIN or COMMIT. */
  readonly sql: string
}

/** All migrations of one owner, oldest first. */
export interface OwnedMigrations {
  /** `core` or the name of a plugin, in kebab-case. */
  readonly owner: string
  readonly migrations: readonly Migration[]
}

/**
 * Applies what this owner's own journal (`<owner>_migrations`) does not list yet, each migration in a transaction, and
 * returns the ids applied. Throws a DatabaseError if an applied migration has changed, is unknown, or one fails.
 *
 * Not drizzle's `migrate()`: it compares with the date of the newest applied entry only, so it skips older ones that came
 * later, notices no change, and wants a folder, which `tsc` does not put into a package's `dist`.
 */
export function migrate(database: Database, { owner, migrations }: OwnedMigrations): string[] {
  const journal = openJournal(database, owner)
  const applied = journal.read()
  checkAgainst(applied, { owner, migrations })
  const outstanding = migrations.filter(({ id }) => !applied.has(id))
  for (const migration of outstanding) applyOne(database, { owner, migration, record: journal.record })
  return outstanding.map(({ id }) => id)
}

interface Journal {
  read(): Map<string, string>
  record(migration: Migration): void
}

function openJournal({ sqlite }: Database, owner: string): Journal {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(owner)) {
    throw migrationError(`"${owner}" cannot own migrations: write its name in kebab-case, e.g. rate-limit`)
  }
  const table = `${owner.replaceAll('-', '_')}_migrations`
  sqlite.exec(`CREATE TABLE IF NOT EXISTS ${table} (
    id TEXT PRIMARY KEY, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`)
  const select = sqlite.prepare<[], [string, string]>(`SELECT id, checksum FROM ${table}`).raw()
  const insert = sqlite.prepare(`INSERT INTO ${table} (id, checksum, applied_at) VALUES (?, ?, unixepoch())`)
  return {
    read: () => new Map(select.all()),
    record: (migration) => void insert.run(migration.id, checksum(migration)),
  }
}

function checkAgainst(applied: ReadonlyMap<string, string>, { owner, migrations }: OwnedMigrations): void {
  const known = new Map(migrations.map((migration) => [migration.id, migration]))
  if (known.size !== migrations.length) throw migrationError(`two migrations of ${owner} have the same id: rename one`)
  for (const [id, appliedChecksum] of applied) {
    const migration = known.get(id)
    if (migration === undefined) {
      throw migrationError(
        `the database has migration ${id} of ${owner}, which this version does not know: it was written by a newer version. ` +
          'Install that version, or restore a backup made with this one',
      )
    }
    if (checksum(migration) !== appliedChecksum) {
      throw migrationError(
        `migration ${id} of ${owner} was changed after it had been applied here. ` +
          'Put its SQL back as it was and add a new migration for the change',
      )
    }
  }
}

interface Step {
  readonly owner: string
  readonly migration: Migration
  readonly record: Journal['record']
}

function applyOne({ sqlite }: Database, { owner, migration, record }: Step): void {
  const apply = sqlite.transaction(() => {
    sqlite.exec(migration.sql)
    record(migration)
  })
  try {
    apply.immediate()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw migrationError(`migration ${migration.id} of ${owner} failed and was rolled back: ${reason}`, error)
  }
}

function checksum({ sql }: Migration): string {
  return createHash('sha256').update(sql).digest('hex')
}

function migrationError(text: string, cause?: unknown): DatabaseError {
  return new DatabaseError('DRAWBRIDGE_DB_MIGRATION', `Cannot migrate the database: ${text}.`, { cause })
}
