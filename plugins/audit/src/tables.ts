import type { PersonalData, TableDefinition } from '@drawbridge/plugin-kit'

const ACCOUNTABILITY = {
  purpose: {
    en: 'To be able to show who changed what on the gateway, and who saw or erased personal data (GDPR Art. 5(2), 32).',
    de: 'Um nachweisen zu können, wer am Gateway was geändert und wer personenbezogene Daten eingesehen oder gelöscht hat (Art. 5 Abs. 2, Art. 32 DSGVO).',
  },
  legalBasis: 'Art. 6(1)(f) GDPR',
} as const

/** Of the contents of the audit log. Addresses have no pseudonym: its keys would have to be kept for as long as these entries. */
export const PERSONAL_DATA: readonly PersonalData[] = [
  { ...ACCOUNTABILITY, column: 'name', category: 'user', findBy: 'text' },
  { ...ACCOUNTABILITY, column: 'address', category: 'address', findBy: 'masked' },
  { ...ACCOUNTABILITY, column: 'resource_id', category: 'user', findBy: 'text' },
  { ...ACCOUNTABILITY, column: 'old_value', category: 'free-text', findBy: 'text' },
  { ...ACCOUNTABILITY, column: 'new_value', category: 'free-text', findBy: 'text' },
  { ...ACCOUNTABILITY, column: 'notes', category: 'free-text', findBy: 'text' },
]

const CHAIN_KEPT = {
  en: 'It is the proof that nothing was changed or left out, and says nothing about a person.',
  de: 'Sie ist der Nachweis, dass nichts geändert oder ausgelassen wurde, und sagt nichts über eine Person.',
}

const STORE_KEPT = {
  en: 'Retention and erasure remove it through the store audit_log, which enters each removal into the chain.',
  de: 'Aufbewahrung und Löschung entfernen sie über die Ablage audit_log, die jede Entfernung in die Kette einträgt.',
}

/** What the audit log stores. What is personal in it is declared by its store. */
export const TABLES: readonly TableDefinition[] = [
  {
    name: 'audit_chain',
    holds: { en: 'one link per entry of the audit log: salted hashes', de: 'ein Glied je Eintrag: gesalzene Hashes' },
    keptBecause: CHAIN_KEPT,
    personalData: [],
  },
  {
    name: 'audit_payloads',
    holds: { en: 'what happened, one row per entry', de: 'was geschah, eine Zeile je Eintrag' },
    keptBecause: STORE_KEPT,
    personalData: [],
  },
  {
    name: 'audit_persons',
    holds: { en: 'who did it, one row per entry', de: 'wer es tat, eine Zeile je Eintrag' },
    keptBecause: STORE_KEPT,
    personalData: [],
  },
  {
    name: 'audit_checkpoints',
    holds: { en: 'one signed place of the chain per row', de: 'eine signierte Stelle der Kette je Zeile' },
    keptBecause: CHAIN_KEPT,
    personalData: [],
  },
  {
    name: 'audit_config_versions',
    holds: { en: 'one encrypted configuration per change', de: 'eine verschlüsselte Konfiguration je Änderung' },
    // The last one stays, however old: it is in force.
    retention: {
      class: 'audit_logs',
      timeColumn: 'timestamp',
      condition: 'version_id < (SELECT max(version_id) FROM audit_config_versions)',
    },
    personalData: [],
  },
]
