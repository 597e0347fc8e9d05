import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '@drawbridge/config'
import { createGateway } from '@drawbridge/core'
import { createStorage } from '@drawbridge/db'
import { type AuditEntry, type Installation, noInstallation } from '@drawbridge/plugin-kit'
import { createTestClock } from '@drawbridge/plugin-kit/testing'
import { type RetentionService, plugin as retention } from '@drawbridge/plugin-retention'
import t from 'tap'
import { createTestLog, sendRaw, startBackend, type Teardown, until } from '../support/fixtures.ts'
import { writeFolder } from '../support/gateway-process.ts'
import { recorder } from '../support/recorder.ts'

const DAY_MS = 86_400_000
const PLUGINS = [retention, recorder]
const PANEL = 'gpanel.chilla55.de'
const VAULT = 'vault.chilla55.de'

/** The requirement's routes with their periods as written; only the backends are the test's. */
const routeFiles = (backend: string) => ({
  'routes/gpanel.yaml': `
# Public gaming community routes
host: ${PANEL}
backend: ${backend}
data_retention:
  access_logs: 7d      # GDPR data minimization
  error_logs: 30d      # Keep errors longer
  security_logs: 90d   # Failed auth, WAF blocks
  audit_logs: 365d     # Keep for accountability
  metrics: 30d
`,
  'routes/vault.yaml': `
# Private Vaultwarden
host: ${VAULT}
backend: ${backend}
data_retention:
  access_logs: 30d     # Personal service, can keep longer
  error_logs: 90d
  security_logs: 365d  # Security events kept longer
  metrics: 90d
`,
})

t.test("the requirement's routes keep their requests as long as they say, and not a byte longer", async (t) => {
  const { ask, clock, service, folder, storage } = await startRecordingGateway(
    t,
    'defaults: { data_retention: { access_logs: 1d } }\n',
  )
  await ask(PANEL, '/marker-panel-old')
  await ask(VAULT, '/marker-vault-old')
  await ask('unknown.test', '/marker-unknown-old')
  clock.advance(8 * DAY_MS)
  await ask(PANEL, '/marker-panel-new')
  t.match(bytesIn(folder), /marker-panel-old/)
  const summary = await service.run({ actor: { kind: 'cli', name: 'root' }, source: 'cli' })
  t.match(summary, { outcome: 'done', deleted: 2, is_compacted: true })
  t.strictSame(await storage.all('SELECT path FROM request_logs ORDER BY path'), [
    { path: '/marker-panel-new' },
    { path: '/marker-vault-old' },
  ])
  t.notMatch(bytesIn(folder), /marker-(?:panel|unknown)-old/)
  clock.advance(23 * DAY_MS)
  await service.run({ actor: { kind: 'cli', name: 'root' }, source: 'cli' })
  t.notMatch(bytesIn(folder), /marker-/)
  const proofs = await storage.all(
    "SELECT host, period, deleted FROM retention_proofs WHERE kind = 'purge' ORDER BY sequence",
  )
  t.strictSame(
    proofs.map(({ host, period, deleted }) => [host, Number(period) / 86_400, deleted]),
    [
      [PANEL, 7, 1],
      ['', 1, 1],
      [PANEL, 7, 1],
      [VAULT, 30, 1],
    ],
  )
  t.match(await service.verify(), { is_valid: true })
})

t.test('a running gateway deletes by itself, every day at the time that defaults say', async (t) => {
  const { ask, clock, storage, audited } = await startRecordingGateway(
    t,
    'defaults: { data_retention: { schedule: "04:00", time_zone: Europe/Berlin } }\n',
  )
  await ask(PANEL, '/old')
  clock.advance(8 * DAY_MS)
  await until(() => {
    // It looks at the clock once a minute.
    clock.advance(60_000)
    return audited.length === 1
  })
  t.match(audited, [{ action: 'retention_purge', actor: { kind: 'system' }, outcome: 'done', after: { deleted: 1 } }])
  t.strictSame(await storage.all('SELECT path FROM request_logs'), [])
})

t.test('to switch retention off is warned of where the configuration says it', async (t) => {
  const backend = 'http://127.0.0.1:9'
  for (const off of ['data_retention: false', 'data_retention: { enabled: false }']) {
    const folder = writeFolder(t, {
      'drawbridge.yaml': '{}\n',
      'routes/a.yaml': `host: a.test\nbackend: ${backend}\n${off}\n`,
    })
    const { config, findings } = loadConfig({ file: join(folder, 'drawbridge.yaml'), plugins: PLUGINS })
    t.match(findings, [{ severity: 'warning', code: 'no-retention', line: 3, message: /nothing is ever deleted/ }], off)
    t.ok(config, 'it is a warning, not an error')
  }
  const folder = writeFolder(t, { 'drawbridge.yaml': 'defaults: { data_retention: false }\n', ...routeFiles(backend) })
  const { findings } = loadConfig({ file: join(folder, 'drawbridge.yaml'), plugins: PLUGINS })
  t.equal(findings.length, 1, 'once, however many routes there are')
})

/** A gateway with retention and a request log over a real database, whose clock the test turns. */
async function startRecordingGateway(t: Teardown, main: string) {
  const backend = await startBackend(t, (_request, response) => response.end('ok'))
  const folder = writeFolder(t, {
    'drawbridge.yaml': `listen: { http: "127.0.0.1:0" }\n${main}`,
    ...routeFiles(backend.url),
  })
  const { config } = loadConfig({ file: join(folder, 'drawbridge.yaml'), plugins: PLUGINS })
  if (config === undefined) throw new Error('the configuration is wrong')
  const clock = createTestClock(Date.now())
  const storage = createStorage({
    file: join(folder, 'data/drawbridge.db'),
    migrations: PLUGINS.map(({ name, migrations = [] }) => ({ owner: name, migrations })),
    every: clock.every,
    onChange: () => {},
  })
  storage.enterHosts([PANEL, VAULT])
  const audited: AuditEntry[] = []
  const installation: Installation = {
    ...noInstallation,
    dataFolder: join(folder, 'data'),
    plugins: PLUGINS,
    routes: () =>
      [...config.routes, { hosts: [], plugins: config.defaultRoute.plugins }].map(({ hosts, plugins }) => ({
        hosts,
        routeId: storage.routeIdOf(hosts[0] ?? ''),
        options: Object.fromEntries(plugins.map(({ plugin, options }) => [plugin.key, options])),
      })),
  }
  const routeIdOf = (host: string) => storage.routeIdOf(host)
  const audit = { append: async (entry: AuditEntry) => void audited.push(entry) }
  const gateway = await createGateway({ config, log: createTestLog(), clock, storage, installation, audit, routeIdOf })
  const service = gateway.services.get<RetentionService>(retention)
  const { port } = await gateway.listen()
  t.teardown(async () => {
    await gateway.close(200)
    await storage.close()
  })
  return {
    clock,
    storage,
    service,
    audited,
    folder: join(folder, 'data'),
    /** Sends a request and waits until it is stored. */
    async ask(host: string, path: string) {
      await sendRaw(port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
      await until(() => storage.stats().queued + storage.stats().written > 0)
      await storage.flush()
    },
  }
}

function bytesIn(folder: string): string {
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'latin1'))
    .join('\n')
}
