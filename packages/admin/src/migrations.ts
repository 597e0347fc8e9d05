import type { Migration } from '@drawbridge/plugin-kit'

/** The schema of the admin app's tables; the owner is `admin`. Times are seconds since 1970. */
export const adminMigrations: readonly Migration[] = [
  {
    id: '0001-accounts',
    // AUTOINCREMENT: a session or token never comes to belong to a later account.
    sql: `
      CREATE TABLE admin_users (
        user_id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL COLLATE NOCASE UNIQUE,
        role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
        password_hash TEXT,
        totp_secret TEXT,
        totp_last_step INTEGER NOT NULL DEFAULT 0,
        created_at INTEGER NOT NULL,
        last_login_at INTEGER
      ) STRICT;
      CREATE TABLE admin_recovery_codes (
        code_hash TEXT PRIMARY KEY,
        user_id INTEGER NOT NULL REFERENCES admin_users (user_id) ON DELETE CASCADE
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE admin_setup_tokens (
        token_hash TEXT PRIMARY KEY,
        user_id INTEGER REFERENCES admin_users (user_id) ON DELETE CASCADE,
        expires_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE admin_sessions (
        session_id TEXT PRIMARY KEY,
        token_hash TEXT NOT NULL UNIQUE,
        user_id INTEGER NOT NULL REFERENCES admin_users (user_id) ON DELETE CASCADE,
        created_at INTEGER NOT NULL,
        last_seen_at INTEGER NOT NULL,
        confirmed_at INTEGER NOT NULL,
        address TEXT NOT NULL,
        user_agent TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX admin_sessions_user ON admin_sessions (user_id);
      CREATE TABLE admin_tokens (
        token_id TEXT PRIMARY KEY,
        token_hash TEXT NOT NULL UNIQUE,
        user_id INTEGER NOT NULL REFERENCES admin_users (user_id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
        scopes TEXT NOT NULL,
        networks TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        last_used_at INTEGER,
        last_address TEXT,
        UNIQUE (user_id, name)
      ) STRICT, WITHOUT ROWID;
    `,
  },
]
