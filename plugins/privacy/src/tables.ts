import type { Migration, TableDefinition } from '@drawbridge/plugin-kit'

const ACCOUNTABILITY = {
  purpose: {
    en: 'To be able to show that requests of data subjects and breaches were dealt with (GDPR Art. 5(2), 33(5)).',
    de: 'Um nachweisen zu können, dass Anträge betroffener Personen und Verletzungen des Datenschutzes bearbeitet wurden (Art. 5 Abs. 2, Art. 33 Abs. 5 DSGVO).',
  },
  legalBasis: 'Art. 6(1)(c) GDPR',
} as const

const OPERATORS_NAME = { ...ACCOUNTABILITY, category: 'user', findBy: 'text' } as const
const WORDS = { ...ACCOUNTABILITY, category: 'free-text', findBy: 'text' } as const

const BREACH_KEPT = {
  en: 'Breaches must be documented for the supervisory authority (GDPR Art. 33(5)); the law names no end.',
  de: 'Verletzungen des Datenschutzes müssen für die Aufsichtsbehörde dokumentiert werden (Art. 33 Abs. 5 DSGVO); das Gesetz nennt kein Ende.',
}

/** What this plugin stores itself. No table has the address, network or text of a data subject. */
export const TABLES: readonly TableDefinition[] = [
  {
    name: 'privacy_erasures',
    holds: { en: 'one receipt per erasure', de: 'eine Quittung je Löschung' },
    // Without a period: an erasure that the database forgot would be taken for one that an older copy does not know.
    keptBecause: {
      en: 'The proof that data was erased names who erased it, and nobody whose data it was.',
      de: 'Der Nachweis einer Löschung nennt, wer gelöscht hat, aber niemanden, dessen Daten gelöscht wurden.',
    },
    erasure: { clear: [] },
    personalData: [{ ...OPERATORS_NAME, column: 'actor_name' }],
  },
  {
    name: 'privacy_breaches',
    holds: { en: 'one row per breach file', de: 'eine Zeile je Akte einer Datenschutzverletzung' },
    keptBecause: BREACH_KEPT,
    erasure: { clear: [] },
    personalData: [
      { ...WORDS, column: 'title' },
      { ...WORDS, column: 'happened' },
      { ...OPERATORS_NAME, column: 'opened_by' },
      { ...WORDS, column: 'conclusion' },
    ],
  },
  {
    name: 'privacy_breach_notes',
    holds: { en: 'one row per note in a breach file', de: 'eine Zeile je Vermerk in einer solchen Akte' },
    keptBecause: BREACH_KEPT,
    erasure: { clear: [] },
    personalData: [
      { ...OPERATORS_NAME, column: 'written_by' },
      { ...WORDS, column: 'text' },
    ],
  },
]

/** Their schema. */
export const MIGRATIONS: readonly Migration[] = [
  {
    id: '0001-privacy',
    sql: `
      CREATE TABLE privacy_erasures (
        erasure_id TEXT PRIMARY KEY,
        requested_at INTEGER NOT NULL,
        actor_kind TEXT NOT NULL,
        actor_name TEXT NOT NULL,
        subject_kind TEXT NOT NULL,
        subject_fingerprint TEXT NOT NULL,
        reapplied_at INTEGER,
        receipt TEXT NOT NULL
      ) STRICT;
      CREATE INDEX privacy_erasures_requested ON privacy_erasures (requested_at);
      CREATE TABLE privacy_breaches (
        breach_id TEXT PRIMARY KEY,
        title TEXT NOT NULL,
        happened TEXT NOT NULL,
        opened_at INTEGER NOT NULL,
        opened_by TEXT NOT NULL,
        noticed_at INTEGER NOT NULL,
        began_at INTEGER NOT NULL,
        ended_at INTEGER,
        notified_at INTEGER,
        closed_at INTEGER,
        conclusion TEXT,
        warned_stage INTEGER NOT NULL DEFAULT 0
      ) STRICT;
      CREATE INDEX privacy_breaches_opened ON privacy_breaches (opened_at);
      CREATE TABLE privacy_breach_notes (
        note_id INTEGER PRIMARY KEY,
        breach_id TEXT NOT NULL REFERENCES privacy_breaches (breach_id),
        written_at INTEGER NOT NULL,
        written_by TEXT NOT NULL,
        text TEXT NOT NULL
      ) STRICT;
      CREATE INDEX privacy_breach_notes_breach ON privacy_breach_notes (breach_id, note_id);
    `,
  },
]
