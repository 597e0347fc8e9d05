import { copyFileSync, existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '@drawbridge/config'
import { createGateway } from '@drawbridge/core'
import { createStorage } from '@drawbridge/db'
import { createGeoipPlugin, plugin as geoip } from '@drawbridge/plugin-geoip'
import type { GatewayEvent, RequestRecord } from '@drawbridge/plugin-kit'
import { createTestClock } from '@drawbridge/plugin-kit/testing'
import t, { type Test } from 'tap'
import {
  createTestLog,
  makeBackend,
  makePlugin,
  type PluginSetting,
  sendRaw,
  startBackend,
  startGateway,
  type Teardown,
  until,
} from '../support/fixtures.ts'

const CORPUS = join(import.meta.dirname, '../../../shared/corpora/geoip')
const skip = existsSync(CORPUS) ? false : 'the GeoIP collection ../shared/corpora/geoip is not here'
const VAULT = 'vault.chilla55.de'

/** The example of requirement #18 as written there. */
const REQUIREMENT_18 = `host: vault.chilla55.de
backend: http://vaultwarden:80
geoip:
  enabled: true
  allowed_countries:  # Optional whitelist
    - DE
    - AT
    - CH
  alert_on_unusual_country: true  # Alert if login from unexpected country
`

const GERMANY = '193.99.144.80'
const AMERICA = '8.8.8.8'

function load(t: Test) {
  const folder = t.testdir({ 'routes.yaml': REQUIREMENT_18 })
  const { config, findings } = loadConfig({ file: `${folder}/routes.yaml`, plugins: [geoip], env: {} })
  t.same(
    findings.filter(({ severity }) => severity === 'error'),
    [],
  )
  return config?.routes[0]?.plugins ?? []
}

/** A gateway that believes the test about whose request it is, and remembers the records. */
async function startGuarded(t: Teardown, setting: PluginSetting) {
  const clock = createTestClock()
  const records: RequestRecord[] = []
  const probe = makePlugin({
    name: 'probe',
    phase: 'trace',
    wire(_app, _options, host) {
      host.onFinish((record) => records.push(record))
    },
  })
  const { url } = await startBackend(t, (_request, response) => response.end('in'))
  const { port, log } = await startGateway(t, {
    routes: { [VAULT]: url },
    plugins: [setting, [probe]],
    clock,
    config: { trustedProxies: ['127.0.0.1'] },
  })
  const ask = (client: string, path = '/') => askAs(port, client, path)
  return { ask, port, records, clock, log }
}

async function askAs(port: number, client: string, path = '/'): Promise<number> {
  const from = client === '' ? '' : `X-Forwarded-For: ${client}\r\n`
  const answer = await sendRaw(port, `GET ${path} HTTP/1.1\r\nHost: ${VAULT}\r\n${from}Connection: close\r\n\r\n`)
  return Number(answer.split(' ', 2)[1])
}

t.test("the requirement's vault is open to three countries, out of the box", async (t) => {
  const plugins = load(t)
  const { url } = await startBackend(t, (_request, response) => response.end('in'))
  const { port } = await startGateway(t, {
    routes: { [VAULT]: { plugins, backend: makeBackend(url) } },
    config: { trustedProxies: ['127.0.0.1'] },
  })
  for (const [client, status, who] of [
    [GERMANY, 200, 'Germany'],
    [`::ffff:${GERMANY}`, 200, 'Germany, written as IPv6'],
    ['2003::1', 200, 'Germany over IPv6'],
    ['2a02:8388::1', 200, 'Austria'],
    [AMERICA, 403, 'the United States'],
    ['2001:4860:4860::8888', 403, 'the United States over IPv6'],
    ['203.0.113.7', 403, 'nowhere'],
    ['192.168.1.7', 200, 'the same house'],
    ['', 200, 'the machine itself'],
  ] as const)
    t.equal(await askAs(port, client), status, who)
  t.equal(await askAs(port, AMERICA, '/.well-known/acme-challenge/token'), 200, 'certificates come from everywhere')
})

t.test('the country is on the record, and a refusal is noted without the address', async (t) => {
  const { ask, records } = await startGuarded(t, [geoip, { denied_countries: ['US'] }])
  await ask(GERMANY)
  await ask(AMERICA)
  await ask('192.168.1.7')
  t.same(
    records.map(({ country, status, cause, decisions }) => ({ country, status, cause, decisions })),
    [
      { country: 'DE', status: 200, cause: '', decisions: undefined },
      {
        country: 'US',
        status: 403,
        cause: 'DRAWBRIDGE_GEOIP_LOCATION_REFUSED',
        decisions: [{ by: 'geoip', what: 'refused', facts: { reason: 'denied-country', country: 'US' } }],
      },
      { country: '', status: 200, cause: '', decisions: undefined },
    ],
  )
})

t.test('exempt addresses, names and paths pass, and no way to write a path makes it one of them', async (t) => {
  const resolving = createGeoipPlugin(async (_name, family) => (family === 4 ? ['8.8.4.4'] : []))
  const exempt = { addresses: ['8.8.8.0/30', 'home.test'], paths: ['/public/*'] }
  const { ask } = await startGuarded(t, [resolving, { allowed_countries: ['@DACH'], exempt }])
  for (const [client, path, status] of [
    ['8.8.8.2', '/', 200],
    ['8.8.8.8', '/', 403],
    ['8.8.4.4', '/', 200],
    ['8.8.8.8', '/public/x', 200],
    ['8.8.8.8', '/PUBLIC', 200],
    ['8.8.8.8', '/public/../private', 403],
    ['8.8.8.8', '/publicity', 403],
  ] as const)
    t.equal(await ask(client, path), status, `${client} ${path}`)
})

t.test(
  "the operator's databases decide by city and network, and are swapped while the gateway runs",
  { skip },
  async (t) => {
    const folder = t.testdir({})
    const [places, networks] = ['places.mmdb', 'networks.mmdb'].map((name) => join(folder, name)) as [string, string]
    copyFileSync(join(CORPUS, 'GeoLite2-Country-Test.mmdb'), places)
    copyFileSync(join(CORPUS, 'GeoLite2-ASN-Test.mmdb'), networks)
    const options = { databases: [places, networks], denied_countries: ['GB'], denied_asns: [1221] }
    const { ask, clock, log } = await startGuarded(t, [geoip, options])
    t.same(
      await Promise.all(['2.125.160.217', '1.128.0.1', '50.114.0.1'].map((client) => ask(client))),
      [403, 403, 200],
    )
    copyFileSync(join(CORPUS, 'bad/cyclic-data-structure.mmdb'), join(folder, 'new'))
    renameSync(join(folder, 'new'), places)
    clock.advance(10_000)
    await until(() => log.lines.some(({ message }) => message.includes('geoip database')))
    t.equal(await ask('50.114.0.1'), 200)
    copyFileSync(join(CORPUS, 'GeoLite2-ASN-Test.mmdb'), join(folder, 'new'))
    renameSync(join(folder, 'new'), places)
    clock.advance(10_000)
    await until(() => log.lines.some(({ facts }) => facts.type === 'GeoLite2-ASN'))
    t.equal(await ask('1.128.0.1'), 403)
  },
)

t.test('hostile databases leave the gateway serving, with everybody unknown', { skip }, async (t) => {
  const databases = [
    'cyclic-data-structure',
    'libmaxminddb-oversized-array',
    'invalid-string-length',
    'metadata-is-an-uint128',
  ]
  for (const name of databases) {
    const path = join(CORPUS, 'bad', `${name}.mmdb`)
    const closed = await startGuarded(t, [geoip, { databases: [path], allowed_countries: ['DE'] }])
    t.same([await closed.ask(GERMANY), await closed.ask('1.1.1.1')], [403, 403], name)
    const open = await startGuarded(t, [geoip, { databases: [path], allowed_countries: ['DE'], unknown: 'allow' }])
    t.same([await open.ask(GERMANY), await open.ask('1.1.1.1')], [200, 200], name)
    const said = open.log.lines.filter(({ level, message }) => level === 'error' && message.includes('geoip database'))
    t.equal(said.length, 1, 'said once')
  }
})

t.test('a login from a new country is announced once', async (t) => {
  const clock = createTestClock()
  const folder = t.testdir({ 'routes.yaml': REQUIREMENT_18 })
  const storage = createStorage({
    file: join(folder, 'test.db'),
    migrations: [{ owner: 'geoip', migrations: geoip.migrations ?? [] }],
    every: clock.every,
    onChange: () => {},
  })
  storage.enterHosts([VAULT])
  await until(() => storage.routeIdOf(VAULT) > 0)
  const { config } = loadConfig({ file: join(folder, 'routes.yaml'), plugins: [geoip], env: {} })
  if (config === undefined) throw new Error('the configuration is wrong')
  const routeIdOf = (host: string) => storage.routeIdOf(host)
  const gateway = await createGateway({ config, log: createTestLog(), clock, storage, routeIdOf })
  t.teardown(async () => {
    await gateway.close(200)
    await storage.close()
  })
  const { events } = gateway.services.host
  const announced: GatewayEvent[] = []
  events.on((event) => {
    if (event.name === 'unusual_country') announced.push(event)
  })
  const countries = async () =>
    (await storage.all('SELECT country FROM geoip_login_countries ORDER BY country')).map(({ country }) => country)
  const logIn = async (country: string, known: readonly string[]) => {
    events.emit('login_succeeded', { route: VAULT, country })
    const end = Date.now() + 5000
    while ((await countries()).join() !== known.join() && Date.now() < end) await new Promise(setImmediate)
    t.same(await countries(), known)
  }
  await logIn('DE', ['DE'])
  t.same(announced, [], 'the first country is nothing to compare with')
  await logIn('AT', ['AT', 'DE'])
  await logIn('AT', ['AT', 'DE'])
  await logIn('', ['AT', 'DE'])
  events.emit('login_succeeded', { route: 'other.test', country: 'FR' })
  await logIn('CH', ['AT', 'CH', 'DE'])
  t.same(
    announced.map(({ facts }) => facts),
    [
      { route: VAULT, country: 'AT', known_countries: ['DE'] },
      { route: VAULT, country: 'CH', known_countries: ['AT', 'DE'] },
    ],
  )
})
