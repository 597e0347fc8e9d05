import type { OwnedMigrations } from './migrate.ts'

/** The migrations of the core tables, to be applied before any plugin's. */
export const coreMigrations: OwnedMigrations = {
  owner: 'core',
  migrations: [
    {
      id: '0001-routes',
      // AUTOINCREMENT: an id is never given to a second host, even if a row was deleted by hand.
      sql: `
        CREATE TABLE routes (
          route_id INTEGER PRIMARY KEY AUTOINCREMENT,
          host TEXT NOT NULL UNIQUE,
          created_at INTEGER NOT NULL,
          last_seen_at INTEGER NOT NULL
        ) STRICT;
        INSERT INTO routes (route_id, host, created_at, last_seen_at) VALUES (0, '', unixepoch(), unixepoch());
      `,
    },
    {
      id: '0002-probe',
      // Written to find out whether a file that failed can be written again.
      sql: 'CREATE TABLE storage_probe (id INTEGER PRIMARY KEY, probed_at INTEGER NOT NULL) STRICT;',
    },
  ],
}
