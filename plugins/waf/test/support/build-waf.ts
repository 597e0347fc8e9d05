import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStorage, type SqlValue } from '@drawbridge/db'
import {
  type AuditEntry,
  type Caller,
  createServices,
  type LiveRoute,
  noInstallation,
  resolveOptions,
} from '@drawbridge/plugin-kit'
import { createTestClock } from '@drawbridge/plugin-kit/testing'
import Fastify from 'fastify'
import { BLOCK_COLUMNS } from '../../src/block-row.ts'
import { plugin } from '../../src/index.ts'

/** Now, in the tests: 2026-11-22 18:00 UTC. */
export const NOW = Date.UTC(2026, 10, 22, 18)
const CALLER: Caller = { kind: 'user', name: 'anna', role: 'operator', source: 'dashboard', address: '192.0.2.9' }
const quiet = { debug() {}, info() {}, warn() {}, error() {} }

/** The admin part of the WAF over a real database, with one route. */
export function buildWaf(t: { teardown(action: () => unknown): void }, routeOptions: object = { enabled: true }) {
  const folder = mkdtempSync(join(tmpdir(), 'waf-'))
  const clock = createTestClock(NOW)
  const storage = createStorage({
    file: join(folder, 'test.db'),
    migrations: [{ owner: plugin.name, migrations: plugin.migrations ?? [] }],
    every: () => () => {},
    onChange: () => {},
  })
  storage.enterHosts(['panel.test'])
  const audited: AuditEntry[] = []
  const audit = { append: async (entry: AuditEntry) => void audited.push(entry) }
  const routes = () => [makeRoute(routeOptions)]
  const services = createServices({
    log: quiet,
    clock,
    storage,
    audit,
    installation: { ...noInstallation, dataFolder: folder, routes },
  })
  const app = Fastify()
  app.decorateRequest('caller', null as unknown as Caller)
  app.addHook('onRequest', (request, _reply, done) => {
    request.caller = CALLER
    done()
  })
  app.register(async (scope) => plugin.admin?.(scope, services.host), { prefix: '/api' })
  t.teardown(async () => {
    await app.close()
    await services.stop()
    await storage.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    app,
    audit,
    audited,
    storage,
    /** Stores rows; what they do not say is that of an ordinary one. */
    async store(rows: readonly Partial<Record<(typeof BLOCK_COLUMNS)[number], SqlValue>>[]) {
      const table = storage.insertInto('waf_blocks', BLOCK_COLUMNS)
      const stored = rows.map((row) => BLOCK_COLUMNS.map((column) => ({ ...ORDINARY, ...row })[column] ?? null))
      await storage.durable([{ table, rows: stored }])
    },
    async get(path: string) {
      return (await app.inject(path)).json()
    },
  }
}

const ORDINARY: Partial<Record<(typeof BLOCK_COLUMNS)[number], SqlValue>> = {
  timestamp: NOW / 1000 - 60,
  time_ms: 0,
  request_id: '019ab3c4-5d6e-7f80-9abc-000000000001',
  ip_address: '203.0.113.xxx',
  pseudonym: 'AbCdEfGhIjKlMnOp',
  route_id: 1,
  host: 'panel.test',
  method: 'GET',
  path: '/item/7',
  rule_triggered: 'sqli-union-select',
  rules: 'sqli-union-select',
  score: 5,
  part: 'query',
  parameter: 'id',
  pattern_matched: "1' union select",
  request_snippet: 'GET /item/7?id=…',
  action: 'logged',
  count: 1,
}

function makeRoute(raw: object): LiveRoute {
  const resolution = resolveOptions(plugin.options, raw)
  if (!('value' in resolution)) throw new TypeError(JSON.stringify(resolution.problems))
  return { hosts: ['panel.test'], routeId: 1, options: { waf: resolution.value } }
}
