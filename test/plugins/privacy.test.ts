import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGateway } from '@drawbridge/core'
import { createStorage, type ManagedStorage } from '@drawbridge/db'
import { plugin as accessLog } from '@drawbridge/plugin-access-log'
import { type AuditEntry, createServices, type Plugin, systemClock } from '@drawbridge/plugin-kit'
import { plugin as logPrivacy } from '@drawbridge/plugin-log-privacy'
import { plugin as privacy } from '@drawbridge/plugin-privacy'
import { plugin as retention } from '@drawbridge/plugin-retention'
import { plugin as tracing } from '@drawbridge/plugin-tracing'
import Fastify from 'fastify'
import t from 'tap'
import { request } from 'undici'
import { createPseudonyms } from '../../packages/gateway/src/pseudonyms.ts'
import { createTestLog, echoListener, makeConfig, startBackend, type Teardown, until } from '../support/fixtures.ts'

const CLIENT = '127.0.0.1'
const HOST = 'shop.test'
const PLUGINS = [tracing, accessLog, logPrivacy, privacy, retention] as unknown as readonly Plugin[]

t.test('what real requests left is found, erased by address, and gone from every file', async (t) => {
  const { url, api, storage, folder, audit } = await startAll(t, { access_log: { files: ['json'] } })
  for (const path of ['/one', '/two?token=secret', '/three']) await visit(url, path)
  await until(() => countTaken(storage) === 3)

  const found = await api('/api/privacy/access', { ip: CLIENT })
  t.equal(found.count > 0, true)
  const rows = found.places.find(({ name }: { name: string }) => name === 'request_logs')
  t.strictSame(
    // Rows of one moment are stored in any order.
    rows.records.map(({ path }: { path: string }) => path).toSorted(),
    ['/one', '/three', '/two'],
  )
  t.strictSame(
    rows.records.map(({ client }: { client: string }) => client),
    Array(3).fill('127.0.0.xxx'),
  )

  const dry = await api('/api/privacy/erasure', { ip: CLIENT, dry_run: true })
  const receipt = await api('/api/privacy/erasure', { ip: CLIENT })
  t.equal(receipt.count, dry.count)
  t.match(receipt.places, [{ name: 'request_logs', action: 'deleted', count: 3 }])
  t.equal((await storage.all('SELECT count(*) AS n FROM request_logs'))[0]?.n, 0)
  t.equal((await api('/api/privacy/access', { ip: CLIENT })).count, 0)
  t.strictSame(filesWith(folder, CLIENT), [])
  t.strictSame(filesWith(folder, rows.records[0].pseudonym), ['/privacy/erasures.jsonl'])
  t.equal(audit.filter(({ action }) => action === 'privacy_erasure').length, 4)
})

t.test('a request is found by its id alone, whoever made it', async (t) => {
  const { url, api, storage } = await startAll(t, { logging: { pseudonyms: false } })
  const id = await visit(url, '/one')
  await visit(url, '/two')
  await until(() => countTaken(storage) === 2)
  const byAddress = await api('/api/privacy/erasure', { ip: CLIENT })
  t.equal(byAddress.count, 0)
  t.match(byAddress.notes.join(' '), 'Records of shop.test are stored without pseudonyms')
  t.match(await api('/api/privacy/erasure', { request_ids: [id] }), { count: 1 })
  t.strictSame(await storage.all('SELECT path FROM request_logs'), [{ path: '/two' }])
})

t.test('register and notice say what these plugins are configured to do', async (t) => {
  const strict = await startAll(t, { data_retention: { access_logs: '7d', error_logs: '30d' } })
  const { routes } = await strict.api('/api/privacy/register')
  t.match(routes[0], {
    hosts: [HOST],
    masking: { ipv4: { method: 'shortened', example: '203.0.113.xxx' }, pseudonyms: true, emails: true, secrets: true },
    activities: [
      { name: 'request_logs', retention_seconds: 7 * 86_400 },
      { name: 'error_logs', retention_seconds: 30 * 86_400 },
    ],
  })
  const { text } = await strict.api('/api/privacy/notice?host=shop.test')
  t.match(text, 'Speicherdauer: 7 Tage')
  t.match(text, 'Aus 203.0.113.45 wird zum Beispiel 203.0.113.xxx')
  t.notMatch(text, 'vollständig')

  const loose = await startAll(t, { logging: { mask_pii: false }, data_retention: false, access_log: { files: [] } })
  const open = (await loose.api('/api/privacy/notice?host=shop.test')).text
  t.match(open, 'Ihre IP-Adresse wird vollständig und ungekürzt gespeichert.')
  t.match(open, 'Eine feste Frist ist nicht eingestellt')
  t.notMatch(open, /gekürzt(?! gespeichert)/, 'no plugin may say otherwise')
})

type Settings = Readonly<Record<string, Readonly<Record<string, unknown>> | false>>

/** A gateway with a database, what records, and the admin endpoints of the plugin. */
async function startAll(t: Teardown, settings: Settings) {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-privacy-'))
  const storage = createStorage({
    file: join(folder, 'drawbridge.db'),
    migrations: PLUGINS.map(({ name, migrations = [] }) => ({ owner: name, migrations })),
    every: systemClock.every,
    onChange: () => {},
  })
  storage.enterHosts([HOST])
  const audit: AuditEntry[] = []
  const log = createTestLog()
  const { port: backendPort } = await startBackend(t, echoListener)
  const used = PLUGINS.filter(({ key }) => settings[key] !== false)
  const config = makeConfig({
    routes: { [HOST]: `http://localhost:${backendPort}` },
    plugins: used.map((plugin) => [plugin, settings[plugin.key] || {}]),
    config: { dataFolder: folder },
  })
  const options = (uses: typeof config.defaultRoute.plugins) =>
    Object.fromEntries(uses.map((use) => [use.plugin.key, use.options]))
  const services = createServices({
    log,
    storage,
    pseudonyms: createPseudonyms({ file: join(folder, 'keys/pseudonyms.json'), clock: systemClock, log }),
    audit: { append: async (entry) => void audit.push(entry) },
    installation: {
      version: 'test',
      dataFolder: folder,
      plugins: PLUGINS,
      ownTables: [],
      routes: () => [
        { hosts: [HOST], routeId: 1, options: options(config.defaultRoute.plugins) },
        { hosts: [], routeId: 0, options: options(config.defaultRoute.plugins) },
      ],
      configuration: () => ({ files: [], effective: {} }),
      restore: async () => {},
    },
  })
  const gateway = await createGateway({ config, services, routeIdOf: (host) => storage.routeIdOf(host) })
  const { port } = await gateway.listen()
  const app = Fastify()
  app.decorateRequest('caller')
  app.addHook('onRequest', async (request) => {
    request.caller = { kind: 'user', name: 'eva', role: 'admin', source: 'api', address: '192.0.2.7' }
  })
  app.register(async (scope) => privacy.admin?.(scope, services.host), { prefix: '/api' })
  await app.ready()
  t.teardown(async () => {
    await app.close()
    await gateway.close(200)
    await services.stop()
    await storage.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const api = async (path: string, body?: object) => {
    const response = await app.inject(body === undefined ? path : { method: 'POST', url: path, payload: body })
    if (response.statusCode !== 200) throw new Error(response.body)
    return response.json()
  }
  return { url: `http://127.0.0.1:${port}`, api, storage, folder, audit }
}

/** A request is recorded when its answer is on its way: the client may be faster. */
function countTaken(storage: ManagedStorage): number {
  const { queued, written } = storage.stats()
  return queued + written
}

async function visit(url: string, path: string): Promise<string> {
  const { body, headers } = await request(`${url}${path}`, { headers: { host: HOST } })
  await body.dump()
  return String(headers['x-request-id'])
}

function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(text))
    .map((file) => file.slice(folder.length))
}
