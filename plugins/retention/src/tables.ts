import type { Migration, TableDefinition } from '@drawbridge/plugin-kit'

/** What retention itself stores: nothing about people. */
export const TABLES: readonly TableDefinition[] = [
  {
    name: 'retention_proofs',
    holds: {
      en: 'a chained entry for each run that deletes old records, and for what it deleted',
      de: 'ein verketteter Eintrag je Löschlauf und je gelöschtem Bestand',
    },
    keptBecause: {
      en: 'they are the evidence that data was deleted in time, and say nothing about a person',
      de: 'sie belegen die fristgerechte Löschung und sagen nichts über eine Person',
    },
    personalData: [],
  },
  {
    name: 'retention_progress',
    holds: {
      en: 'what the run that is under way has deleted so far',
      de: 'was der laufende Löschlauf bisher gelöscht hat',
    },
    keptBecause: {
      en: 'it becomes proofs at the end of the run, and says nothing about a person',
      de: 'daraus werden am Ende des Laufs Nachweise; es sagt nichts über eine Person',
    },
    personalData: [],
  },
]

/**
 * Proofs are only ever added. Progress is written in the transaction that deletes, so that a crash leaves nothing deleted that is not
 * in one of the two tables.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    id: '0001-proofs',
    sql: `
      CREATE TABLE retention_proofs (
        sequence INTEGER PRIMARY KEY,
        run INTEGER NOT NULL,
        time INTEGER NOT NULL,
        kind TEXT NOT NULL,
        class TEXT,
        store TEXT,
        route_id INTEGER,
        host TEXT,
        period INTEGER,
        cutoff INTEGER,
        deleted INTEGER,
        oldest INTEGER,
        newest INTEGER,
        outcome TEXT,
        details TEXT NOT NULL,
        previous_hash TEXT NOT NULL,
        hash TEXT NOT NULL
      ) STRICT;
      CREATE INDEX retention_proofs_run ON retention_proofs (run, kind);
      CREATE INDEX retention_proofs_kind ON retention_proofs (kind, time);
      CREATE TRIGGER retention_proofs_no_update BEFORE UPDATE ON retention_proofs
        BEGIN SELECT RAISE(ABORT, 'proofs of deletion are never changed'); END;
      CREATE TRIGGER retention_proofs_no_delete BEFORE DELETE ON retention_proofs
        BEGIN SELECT RAISE(ABORT, 'proofs of deletion are never deleted'); END;
      CREATE TABLE retention_progress (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL,
        class TEXT NOT NULL,
        store TEXT NOT NULL,
        route_id INTEGER NOT NULL,
        host TEXT NOT NULL,
        period INTEGER NOT NULL,
        cutoff INTEGER NOT NULL,
        deleted INTEGER NOT NULL,
        oldest INTEGER,
        newest INTEGER,
        state TEXT NOT NULL,
        error TEXT,
        UNIQUE (run, class, store, route_id, host, period)
      ) STRICT;
    `,
  },
]
