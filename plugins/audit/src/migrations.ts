import type { Migration } from '@drawbridge/plugin-kit'

/** Whether the last link says that this row's content is to go. */
const IS_ANNOUNCED = (parts: readonly string[]) =>
  parts
    .map(
      (part) => `EXISTS (SELECT 1 FROM audit_chain AS c, json_each(c.removed, '$.${part}') AS r
      WHERE c.sequence = (SELECT max(sequence) FROM audit_chain)
      AND old.sequence BETWEEN r.value ->> 0 AND r.value ->> 1)`,
    )
    .join(' OR ')

const REFUSE_UPDATE = (table: string) => `
  CREATE TRIGGER ${table}_no_update BEFORE UPDATE ON ${table}
  BEGIN SELECT RAISE(ABORT, '${table}: entries of the audit log are never changed'); END;`

const REFUSE_DELETE = (table: string) => `
  CREATE TRIGGER ${table}_no_delete BEFORE DELETE ON ${table}
  BEGIN SELECT RAISE(ABORT, '${table}: links of the audit log are never deleted'); END;`

/** Also against INSERT OR REPLACE, which fires no trigger of deletions. */
const APPEND_ONLY = (table: string) => `
  CREATE TRIGGER ${table}_append_only BEFORE INSERT ON ${table}
  WHEN new.sequence <= (SELECT max(sequence) FROM ${table})
  BEGIN SELECT RAISE(ABORT, '${table}: entries of the audit log are only added at the end'); END;`

const ANNOUNCED_DELETE = (table: string, parts: readonly string[]) => `
  CREATE TRIGGER ${table}_announced_delete BEFORE DELETE ON ${table}
  WHEN NOT (${IS_ANNOUNCED(parts)})
  BEGIN SELECT RAISE(ABORT, '${table}: what is removed from the audit log must be in its chain first'); END;`

/**
 * Triggers cannot stop somebody who can change the schema, only mistakes and single statements; those who drop them are found by the
 * chain. They also keep two writers from forking it.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    id: '0001-audit-log',
    sql: `
      CREATE TABLE audit_chain (
        sequence INTEGER PRIMARY KEY,
        time_ms INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('entry', 'erasure', 'purge')),
        payload_hash TEXT NOT NULL,
        person_hash TEXT NOT NULL,
        removed TEXT,
        previous_hash TEXT NOT NULL,
        hash TEXT NOT NULL
      ) STRICT;
      CREATE TABLE audit_payloads (
        sequence INTEGER PRIMARY KEY REFERENCES audit_chain (sequence),
        timestamp INTEGER NOT NULL,
        salt TEXT NOT NULL,
        route_host TEXT NOT NULL,
        actor_kind TEXT NOT NULL,
        action TEXT NOT NULL,
        resource_type TEXT NOT NULL,
        resource_id TEXT,
        old_value TEXT,
        new_value TEXT,
        source TEXT NOT NULL,
        outcome TEXT NOT NULL,
        notes TEXT
      ) STRICT;
      CREATE INDEX idx_audit_timestamp ON audit_payloads (timestamp DESC);
      CREATE INDEX idx_audit_action ON audit_payloads (action);
      CREATE INDEX audit_payloads_route ON audit_payloads (route_host, timestamp);
      CREATE TABLE audit_persons (
        sequence INTEGER PRIMARY KEY REFERENCES audit_chain (sequence),
        salt TEXT NOT NULL,
        name TEXT NOT NULL,
        address TEXT,
        request_id TEXT
      ) STRICT;
      CREATE INDEX audit_persons_name ON audit_persons (name);
      CREATE TABLE audit_checkpoints (
        sequence INTEGER PRIMARY KEY,
        time_ms INTEGER NOT NULL,
        hash TEXT NOT NULL,
        key_id TEXT NOT NULL,
        signature TEXT NOT NULL
      ) STRICT;
      CREATE TABLE audit_config_versions (
        version_id INTEGER PRIMARY KEY,
        timestamp INTEGER NOT NULL,
        sequence INTEGER NOT NULL,
        fingerprint TEXT NOT NULL,
        content BLOB NOT NULL
      ) STRICT;
      CREATE INDEX audit_config_versions_timestamp ON audit_config_versions (timestamp);
      CREATE VIEW audit_log AS
        SELECT p.sequence AS audit_id, p.timestamp, coalesce(n.name, '[erased]') AS user, p.action, p.resource_type,
          p.resource_id, p.old_value, p.new_value, p.source, p.notes
        FROM audit_payloads AS p LEFT JOIN audit_persons AS n ON n.sequence = p.sequence;
      CREATE TRIGGER audit_chain_follows BEFORE INSERT ON audit_chain
      WHEN new.previous_hash <> coalesce((SELECT hash FROM audit_chain ORDER BY sequence DESC LIMIT 1), '')
      BEGIN SELECT RAISE(ABORT, 'audit_chain: this entry does not follow the last one'); END;
      ${['audit_chain', 'audit_payloads', 'audit_persons', 'audit_checkpoints'].map(APPEND_ONLY).join('')}
      ${['audit_chain', 'audit_payloads', 'audit_persons', 'audit_checkpoints', 'audit_config_versions'].map(REFUSE_UPDATE).join('')}
      ${['audit_chain', 'audit_checkpoints'].map(REFUSE_DELETE).join('')}
      ${ANNOUNCED_DELETE('audit_payloads', ['payloads'])}
      ${ANNOUNCED_DELETE('audit_persons', ['payloads', 'persons'])}
    `,
  },
]
