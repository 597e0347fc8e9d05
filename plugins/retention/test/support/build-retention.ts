import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStorage, openDatabase } from '@drawbridge/db'
import {
  type AuditEntry,
  createServices,
  definePlugin,
  type FileStore,
  type GatewayEvent,
  type LiveRoute,
  type Migration,
  noInstallation,
  type PluginDefinition,
  resolveOptions,
  type ServiceHost,
  type SqlValue,
  type Storage,
} from '@drawbridge/plugin-kit'
import { createTestClock } from '@drawbridge/plugin-kit/testing'
import { Type } from 'typebox'
import { plugin as retention } from '../../src/index.ts'
import { RetentionOptions } from '../../src/options.ts'
import { createRetentionService } from '../../src/retention-service.ts'

/** A day in seconds. */
export const DAY = 86_400
/** The tests' first moment: noon, 1 July 2026, UTC. */
export const NOON = Date.UTC(2026, 6, 1, 12)

/** The part of tap's test object that is needed here. */
export interface Teardown {
  teardown(action: () => unknown): void
}

/** What a test's installation is made from. */
export interface Setup {
  /** Raw options by host; `false` switches retention off. `''` is what `defaults:` say. */
  readonly routes?: Readonly<Record<string, Record<string, unknown> | false>>
  /** Hosts that were configured long ago. */
  readonly formerHosts?: readonly string[]
  readonly plugins?: readonly Partial<PluginDefinition>[]
  /** Changes the storage, to let it fail. */
  readonly wrapStorage?: (storage: Storage) => Storage
  readonly pseudonyms?: ServiceHost['pseudonyms']
}

/** The tables that most tests use: request logs by route, and audit entries that belong to no route. */
export const TABLES: Partial<PluginDefinition> = {
  name: 'logs',
  tables: [
    {
      name: 'request_logs',
      holds: { en: 'one row per request', de: 'eine Zeile je Anfrage' },
      retention: { class: 'access_logs', timeColumn: 'timestamp', routeColumn: 'route_id' },
      personalData: [
        { column: 'text', category: 'pseudonym', purpose: { en: '', de: '' }, legalBasis: '', findBy: 'pseudonym' },
      ],
    },
    {
      name: 'audit_rows',
      holds: { en: 'one row per act', de: 'eine Zeile je Handlung' },
      retention: { class: 'audit_logs', timeColumn: 'at' },
      personalData: [],
    },
  ],
  migrations: [
    {
      id: '0001',
      sql: `CREATE TABLE request_logs (timestamp INTEGER, route_id INTEGER, text TEXT) STRICT;
        CREATE INDEX request_logs_time ON request_logs (timestamp, route_id);
        CREATE TABLE audit_rows (at INTEGER, text TEXT) STRICT;`,
    },
  ],
}

/** A retention service over a real database, with a clock in the test's hand. It ends with the test. */
export function buildRetention(t: Teardown, setup: Setup = {}) {
  const {
    routes = { '': {}, 'a.test': {} },
    formerHosts = [],
    plugins = [TABLES],
    wrapStorage = (same) => same,
  } = setup
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-retention-'))
  const file = join(folder, 'drawbridge.db')
  const clock = createTestClock(NOON)
  const used = plugins.map(makePlugin)
  const real = createStorage({
    file,
    migrations: [retention, ...used].map(({ name, migrations = [] as readonly Migration[] }) => ({
      owner: name,
      migrations,
    })),
    every: clock.every,
    onChange: () => {},
  })
  const hosts = Object.keys(routes).filter((host) => host !== '')
  real.enterHosts([...formerHosts, ...hosts])
  // The migration takes the time from SQLite.
  const database = openDatabase({ file })
  database.sqlite.exec(`UPDATE routes SET created_at = ${NOON / 1000}, last_seen_at = ${NOON / 1000}`)
  for (const name of formerHosts) database.sqlite.prepare('UPDATE routes SET last_seen_at = 0 WHERE host = ?').run(name)
  database.close()
  const audited: AuditEntry[] = []
  const events: GatewayEvent[] = []
  const lines: string[] = []
  const note = (_facts: object, message: string) => void lines.push(message)
  const live = { routes: Object.entries(routes).map(([host, raw]) => liveRoute(host, raw, real.routeIdOf(host))) }
  const { host } = createServices({
    log: { debug: note, info: note, warn: note, error: note },
    clock,
    storage: wrapStorage(real),
    audit: { append: async (entry) => void audited.push(entry) },
    installation: { ...noInstallation, dataFolder: folder, plugins: [retention, ...used], routes: () => live.routes },
    ...(setup.pseudonyms === undefined ? {} : { pseudonyms: setup.pseudonyms }),
  })
  host.events.on((event) => void events.push(event))
  const pauses: number[] = []
  const service = createRetentionService(host, async (ms) => void pauses.push(ms))
  t.teardown(async () => {
    await service.stop()
    await real.close()
    rmSync(folder, { recursive: true })
  })
  return {
    folder,
    clock,
    storage: real,
    host,
    service,
    audited,
    events,
    lines,
    pauses,
    live,
    idOf: (name: string) => real.routeIdOf(name),
    run: () => service.run({ actor: { kind: 'user', name: 'ada' }, source: 'api', address: '192.0.2.7' }),
    insert: (table: string, columns: readonly string[], rows: readonly (readonly SqlValue[])[]) =>
      real.durable([{ table: real.insertInto(table, columns), rows }]),
    /** Puts one row into request_logs. */
    async log(routeId: number | null, ageSeconds: number, text = '') {
      await real.durable([
        {
          table: real.insertInto('request_logs', ['timestamp', 'route_id', 'text']),
          rows: [[now() - ageSeconds, routeId, text]],
        },
      ])
    },
    /** Texts of the rows left, sorted. */
    left: async (table = 'request_logs') =>
      (await real.all(`SELECT text FROM ${table} ORDER BY text`)).map(({ text }) => text),
    proofs: () => real.all('SELECT * FROM retention_proofs ORDER BY sequence'),
  }

  function now(): number {
    return Math.floor(clock.wallNow() / 1000)
  }
}

/** A file store that keeps a list of ages per host. */
export function fakeFileStore(records: Record<string, number[]>): FileStore & { purged: string[] } {
  const purged: string[] = []
  return {
    purged,
    name: 'access-log files',
    holds: { en: '', de: '' },
    retentionClass: 'access_logs',
    personalData: [],
    async purge({ routeHost, before }) {
      purged.push(`${routeHost} ${before}`)
      const due = (records[routeHost] ?? []).filter((time) => time < before)
      records[routeHost] = (records[routeHost] ?? []).filter((time) => time >= before)
      return due.length === 0 ? { count: 0 } : { count: due.length, oldest: Math.min(...due), newest: Math.max(...due) }
    },
    routeHosts: async () => Object.keys(records),
    find: async () => [],
    erase: async () => 0,
  }
}

/** A storage's methods as a plain object, to replace some of them; `problem` is read anew each time by whoever adds it. */
export function toParts(storage: Storage): Storage {
  return {
    problem: undefined,
    insertInto: (table, columns) => storage.insertInto(table, columns),
    enqueue: (table, row) => storage.enqueue(table, row),
    durable: (writes) => storage.durable(writes),
    all: (sql, params) => storage.all(sql, params),
    flush: () => storage.flush(),
    compact: () => storage.compact(),
    stats: () => storage.stats(),
    onReady: (listener) => storage.onReady(listener),
  }
}

/** Resolves with the next event of a service's host. */
export function nextEvent({ events }: Pick<ServiceHost, 'events'>): Promise<GatewayEvent> {
  return new Promise((resolve) => {
    const stop = events.on((event) => {
      stop()
      resolve(event)
    })
  })
}

function makePlugin(parts: Partial<PluginDefinition>, index: number) {
  return definePlugin({
    name: `test-${index}`,
    key: `test_${index}`,
    phase: 'record',
    isOnByDefault: true,
    options: Type.Object({}, { additionalProperties: false }),
    ...parts,
  })
}

function liveRoute(host: string, raw: Record<string, unknown> | false, routeId: number): LiveRoute {
  return {
    hosts: host === '' ? [] : [host],
    routeId,
    options: raw === false ? {} : { data_retention: resolved(raw) },
  }
}

function resolved(raw: Record<string, unknown>): Readonly<Record<string, unknown>> {
  const resolution = resolveOptions(RetentionOptions, raw)
  if ('value' in resolution) return resolution.value
  throw new Error(JSON.stringify(resolution.problems))
}
