import {
  definePlugin,
  type FileStore,
  type FoundRecord,
  type PersonalData,
  type Plugin,
  plainRedactor,
  type Subject,
  type TableDefinition,
} from '@drawbridge/plugin-kit'
import { Type } from 'typebox'

const PURPOSE = {
  purpose: { en: 'To find faults; all is fine.', de: 'Um Störungen zu finden; alles ist gut.' },
  legalBasis: 'Art. 6(1)(f) GDPR',
} as const

const FIELDS: readonly PersonalData[] = [
  { ...PURPOSE, column: 'client', category: 'address', findBy: 'masked' },
  { ...PURPOSE, column: 'pseudonym', category: 'pseudonym', findBy: 'pseudonym' },
  { ...PURPOSE, column: 'path', category: 'url', findBy: 'text' },
]

/** Tables of every kind that a plugin may declare. */
const TABLES: readonly TableDefinition[] = [
  {
    name: 'request_logs',
    holds: { en: 'one row per request', de: 'eine Zeile je Anfrage' },
    retention: { class: 'access_logs', timeColumn: 'timestamp', routeColumn: 'route_id' },
    requestIdColumn: 'request_id',
    personalData: FIELDS,
  },
  {
    name: 'bans',
    holds: { en: 'one row per banned address', de: 'eine Zeile je gesperrter Adresse' },
    keptBecause: { en: 'A ban has to outlast an erasure.', de: 'Eine Sperre muss eine Löschung überdauern.' },
    erasure: { clear: [] },
    personalData: [{ ...PURPOSE, column: 'ip_address', category: 'address', findBy: 'address' }],
  },
  {
    name: 'log_payloads',
    holds: { en: 'what an entry says', de: 'was ein Eintrag sagt' },
    retention: { class: 'audit_logs', timeColumn: 'timestamp' },
    erasure: { clear: ['address', 'note'] },
    personalData: [
      { ...PURPOSE, column: 'address', category: 'address', findBy: 'address' },
      { ...PURPOSE, column: 'note', category: 'free-text', findBy: 'text' },
    ],
  },
  {
    name: 'log_limits',
    holds: { en: 'one row per client and rule', de: 'eine Zeile je Client und Regel' },
    retention: { class: 'security_logs', timeColumn: 'timestamp', routeColumn: 'route_id' },
    personalData: [{ ...PURPOSE, column: 'address', category: 'address', findBy: 'address' }],
  },
]

/** Of `logPlugin`. */
export const SCHEMA = `
  CREATE TABLE request_logs (
    id INTEGER PRIMARY KEY, timestamp INTEGER NOT NULL, route_id INTEGER NOT NULL, request_id TEXT NOT NULL,
    status INTEGER NOT NULL, client TEXT, pseudonym TEXT, path TEXT NOT NULL
  ) STRICT;
  CREATE INDEX request_logs_time ON request_logs (timestamp, client, pseudonym);
  CREATE TABLE bans (ip_address TEXT PRIMARY KEY, until INTEGER) STRICT;
  CREATE TABLE log_payloads (id INTEGER PRIMARY KEY, timestamp INTEGER NOT NULL, address TEXT, note TEXT) STRICT;
  CREATE TABLE log_limits (
    address TEXT NOT NULL, rule TEXT NOT NULL, route_id INTEGER NOT NULL, timestamp INTEGER NOT NULL,
    PRIMARY KEY (address, rule)
  ) STRICT, WITHOUT ROWID;`

/** A file store in memory. */
export interface TestStore extends FileStore {
  records: FoundRecord[]
}

/** Masks addresses and makes pseudonyms, unless its options say otherwise. */
export const redactorPlugin: Plugin = definePlugin({
  name: 'log-privacy',
  key: 'logging',
  phase: 'trace',
  isOnByDefault: true,
  options: Type.Object(
    { mask: Type.Boolean({ default: true }), pseudonyms: Type.Boolean({ default: true }) },
    { additionalProperties: false },
  ),
  redactor: ({ mask, pseudonyms = true }, keys) => ({
    ...plainRedactor,
    address: (address) => (mask ? maskAddress(address) : address),
    pseudonym: (address) => (pseudonyms ? keys.of(address) : ''),
  }),
}) as unknown as Plugin

function maskAddress(address: string): string {
  if (address.includes(':')) return `${address.split(':').slice(0, 4).join(':')}:xxxx:xxxx:xxxx:xxxx`
  return address.replace(/\.\d+$/, '.xxx')
}

/** A plugin with tables of every kind and a file store. */
export function logPlugin(store: FileStore): Plugin {
  return definePlugin({
    name: 'log',
    key: 'log',
    phase: 'record',
    isOnByDefault: true,
    options: Type.Object({}, { additionalProperties: false }),
    tables: TABLES,
    fileStores: () => [store],
  })
}

/** Makes it, empty. */
export function createTestStore(): TestStore {
  const matches = (subject: Subject) => (record: FoundRecord) =>
    subject.pseudonyms.includes(String(record.pseudonym)) || subject.requestIds.includes(String(record.request_id))
  return {
    name: 'log files',
    holds: { en: 'one line per request', de: 'eine Zeile je Anfrage' },
    retentionClass: 'access_logs',
    personalData: FIELDS,
    records: [],
    purge: async () => ({ count: 0 }),
    routeHosts: async () => [],
    async find(subject, limit) {
      return this.records.filter(matches(subject)).slice(0, limit)
    },
    async erase(subject) {
      const before = this.records.length
      const isMeant = matches(subject)
      this.records = this.records.filter((record) => !isMeant(record))
      return before - this.records.length
    },
  }
}
