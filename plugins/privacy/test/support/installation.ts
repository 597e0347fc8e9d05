import { createHmac } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStorage, type ManagedStorage } from '@drawbridge/db'
import {
  type AuditEntry,
  type AuditTrail,
  createServices,
  type GatewayEvent,
  type LiveRoute,
  type Pseudonyms,
  type Role,
  resolveOptions,
  type ServiceHost,
  type SqlValue,
} from '@drawbridge/plugin-kit'
import { createTestClock, type TestClock } from '@drawbridge/plugin-kit/testing'
import { plugin as privacy } from '@drawbridge/plugin-privacy'
import Fastify, { type FastifyInstance } from 'fastify'
import { createTestStore, logPlugin, redactorPlugin, SCHEMA, type TestStore } from './log-plugin.ts'

const DAY = 86_400
/** The morning of the tests. */
export const NOW = Date.UTC(2026, 10, 22, 8) / 1000

/** Keys of days, as the gateway keeps them. */
export interface TestPseudonyms extends Pseudonyms {
  readonly keyDays: Set<number>
  on(day: number, address: string): string
}

/** An installation in a temporary folder. */
export interface TestInstallation {
  readonly host: ServiceHost
  readonly app: FastifyInstance
  readonly storage: ManagedStorage
  readonly clock: TestClock
  readonly folder: string
  readonly audit: AuditEntry[]
  readonly events: GatewayEvent[]
  readonly logged: string[]
  readonly pseudonyms: TestPseudonyms
  readonly store: TestStore
  /** Runs what happens every five seconds to find a database that came back. */
  look(): void
}

/** What a test wants different. */
export interface TestOptions {
  readonly folder?: string
  readonly routes?: readonly LiveRoute[]
  readonly role?: Role
  readonly append?: AuditTrail['append']
  readonly stored?: boolean
}

interface Teardown {
  teardown(action: () => unknown): void
}

/** Starts the privacy plugin with a log plugin and a redactor beside it. */
export async function startInstallation(t: Teardown, options: TestOptions = {}): Promise<TestInstallation> {
  const folder = options.folder ?? makeFolder(t)
  const clock = createTestClock(NOW * 1000)
  const audit: AuditEntry[] = []
  const logged: string[] = []
  const events: GatewayEvent[] = []
  let look = () => {}
  const storage = createStorage({
    file: join(folder, 'drawbridge.db'),
    migrations: [
      { owner: 'log', migrations: [{ id: '0001', sql: SCHEMA }] },
      { owner: 'privacy', migrations: privacy.migrations ?? [] },
    ],
    every(_ms, tick) {
      look = tick
      return () => {}
    },
    onChange: () => {},
  })
  const pseudonyms = createTestPseudonyms()
  const store = createTestStore()
  const at = (_facts: object, message: string) => void logged.push(message)
  const append = options.append ?? (async (entry) => void audit.push(entry))
  const services = createServices({
    log: { debug: at, info: at, warn: at, error: at },
    clock,
    storage,
    pseudonyms,
    audit: { append },
    installation: {
      version: '1.2.3',
      dataFolder: folder,
      plugins: [logPlugin(store), redactorPlugin, privacy],
      ownTables: [],
      routes: () => options.routes ?? [route(['shop.example', 'www.shop.example'], 1), route([], 0)],
      configuration: () => ({ files: [], effective: { gateway: {}, routes: {} } }),
      restore: () => Promise.reject(new Error('not in tests')),
    },
  })
  services.host.events.on((event) => events.push(event))
  const app = Fastify()
  app.decorateRequest('caller')
  app.addHook('onRequest', async (request) => {
    request.caller = { kind: 'user', name: 'eva', role: 'admin', source: 'api', address: '198.51.100.9' }
  })
  app.register(async (api) => privacy.admin?.(api, services.host), { prefix: '/api' })
  await app.ready()
  t.teardown(async () => {
    await app.close()
    await services.stop()
    await storage.close()
  })
  const { host } = services
  return { host, app, storage, clock, folder, audit, events, logged, pseudonyms, store, look: () => look() }
}

/** A route with everything on, and masked, unless its options say otherwise. */
export function route(hosts: readonly string[], routeId: number, options: LiveRoute['options'] = {}): LiveRoute {
  const resolution = resolveOptions(privacy.options, options.privacy ?? {})
  if (!('value' in resolution)) throw new Error(JSON.stringify(resolution.problems))
  const retention = {
    access_logs: 7 * DAY,
    error_logs: 30 * DAY,
    security_logs: 90 * DAY,
    audit_logs: 365 * DAY,
    metrics: 30 * DAY,
  }
  const inMilliseconds = Object.fromEntries(Object.entries(retention).map(([key, seconds]) => [key, seconds * 1000]))
  return {
    hosts,
    routeId,
    options: {
      log: {},
      logging: { mask: true },
      data_retention: inMilliseconds,
      ...options,
      privacy: resolution.value,
    },
  }
}

/** A folder that goes with the test. */
export function makeFolder(t: Teardown): string {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-privacy-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Every byte of every file below a folder, by file. */
export function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(text))
}

/** A row of the request log. */
export interface RequestRow {
  readonly client: string
  readonly pseudonym?: string
  readonly path?: string
  readonly requestId?: string
  readonly timestamp?: number
}

let lastId = 0

/** Puts rows into the request log. */
export async function addRequests(storage: ManagedStorage, rows: readonly RequestRow[]): Promise<void> {
  const table = storage.insertInto('request_logs', [
    'timestamp',
    'route_id',
    'request_id',
    'status',
    'client',
    'pseudonym',
    'path',
  ])
  const values = rows.map(({ client, pseudonym, path = '/', requestId, timestamp = NOW - 60 }): SqlValue[] => {
    lastId += 1
    return [timestamp, 1, requestId ?? `request-${lastId}`, 200, client, pseudonym ?? null, path]
  })
  await storage.durable([{ table, rows: values }])
}

/** The number of rows of a table. */
export async function countRows(storage: ManagedStorage, table: string, where = '1'): Promise<number> {
  const [row] = await storage.all(`SELECT count(*) AS n FROM ${table} WHERE ${where}`)
  return Number(row?.n)
}

function createTestPseudonyms(): TestPseudonyms {
  const keyDays = new Set([Math.floor(NOW / DAY) - 1, Math.floor(NOW / DAY)])
  const network = (address: string) => (address.includes(':') ? address.split(':').slice(0, 4).join(':') : address)
  const on = (day: number, address: string) =>
    createHmac('sha256', `key of ${day}`).update(network(address)).digest('base64url').slice(0, 16)
  return {
    keyDays,
    on,
    of: (address) => on(Math.floor(NOW / DAY), address),
    allOf: (address) => [...keyDays].map((day) => on(day, address)),
    days: () => [...keyDays].map((day) => day * DAY),
    forget: async () => 0,
  }
}
