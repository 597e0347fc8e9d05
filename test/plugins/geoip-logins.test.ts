import { join } from 'node:path'
import { loadConfig } from '@drawbridge/config'
import { createGateway } from '@drawbridge/core'
import { createStorage } from '@drawbridge/db'
import { plugin as geoip } from '@drawbridge/plugin-geoip'
import type { GatewayEvent } from '@drawbridge/plugin-kit'
import { createTestClock } from '@drawbridge/plugin-kit/testing'
import { plugin as rateLimit } from '@drawbridge/plugin-rate-limit'
import t, { type Test } from 'tap'
import { createTestLog, makeBackend, makeConfig, readBody, sendRaw, startBackend, until } from '../support/fixtures.ts'

const VAULT = 'vault.chilla55.de'
const OTHER = 'other.chilla55.de'
const ALERT = 'geoip: { alert_on_unusual_country: true }\n'
const LOGIN =
  'rate_limit: { login: { path: /login, failure_status: [401], max_failures: 50, window: 1m, ban_duration: 60 } }\n'
const PLUGINS = [geoip, rateLimit]

const GERMANY = '193.99.144.80'
const AMERICA = '8.8.8.8'
const AUSTRIA = '2a02:8388::1'

/** The gateway of two hosts behind a proxy on this machine, with a backend that knows one password. */
async function startVault(t: Test, route: string) {
  const clock = createTestClock()
  // An answer at 0 counts as none.
  clock.advance(1000)
  const folder = t.testdir({ 'routes.yaml': `host: ${VAULT}\nbackend: http://127.0.0.1:9\n${route}` })
  const { config } = loadConfig({ file: join(folder, 'routes.yaml'), plugins: PLUGINS, env: {} })
  const { url } = await startBackend(t, async (request, response) => {
    response.statusCode = (await readBody(request)) === 'right' ? 200 : 401
    response.end()
  })
  const storage = createStorage({
    file: join(folder, 'test.db'),
    migrations: PLUGINS.map(({ name, migrations }) => ({ owner: name, migrations: migrations ?? [] })),
    every: clock.every,
    onChange: () => {},
  })
  storage.enterHosts([VAULT, OTHER])
  await until(() => storage.routeIdOf(OTHER) > 0)
  const plugins = config?.routes[0]?.plugins ?? []
  const routes = { [VAULT]: { plugins, backend: makeBackend(url) }, [OTHER]: { plugins, backend: makeBackend(url) } }
  const gateway = await createGateway({
    config: makeConfig({ routes, config: { trustedProxies: ['127.0.0.1'] } }),
    log: createTestLog(),
    clock,
    storage,
    routeIdOf: (host) => storage.routeIdOf(host),
  })
  const { port } = await gateway.listen()
  t.teardown(async () => {
    await gateway.close(200)
    await storage.close()
  })
  const announced: GatewayEvent[] = []
  gateway.services.host.events.on((event) => {
    if (event.name === 'unusual_country') announced.push(event)
  })
  const logIn = async (client: string, { password = 'right', host = VAULT } = {}) => {
    const head = `POST /login HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-For: ${client}\r\nContent-Length: ${password.length}\r\n`
    const answer = await sendRaw(port, `${head}Connection: close\r\n\r\n${password}`)
    return Number(answer.split(' ', 2)[1])
  }
  /** Waits until as many countries have been stored. */
  const stored = async (count: number) => {
    const end = Date.now() + 5000
    let rows = 0
    while (rows < count && Date.now() < end) {
      rows = (await storage.all('SELECT country FROM geoip_login_countries')).length
      await new Promise(setImmediate)
    }
    return rows
  }
  return { logIn, stored, announced, clock }
}

t.test('a right password from a new country is announced once for each route and country', async (t) => {
  const { logIn, stored, announced, clock } = await startVault(t, ALERT + LOGIN)
  t.equal(await logIn(GERMANY), 200)
  t.equal(await stored(1), 1)
  t.equal(await logIn(AMERICA, { password: 'wrong' }), 401)
  t.equal(await logIn('192.168.1.7'), 200, 'at home is no country')
  t.equal(await logIn('203.0.113.7'), 200, 'nor is nowhere')
  t.equal(await logIn(AUSTRIA), 200)
  t.equal(await stored(2), 2)
  for (let i = 0; i < 3; i += 1) t.equal(await logIn(AUSTRIA), 200)
  clock.advance(7_200_000)
  t.equal(await logIn(AUSTRIA), 200, 'hours later as well')
  t.equal(await logIn(AMERICA, { host: OTHER }), 200, 'the first of another route')
  t.equal(await stored(3), 3)
  t.equal(await logIn(GERMANY, { host: OTHER }), 200)
  t.equal(await stored(4), 4)
  t.same(
    announced.map(({ facts }) => facts),
    [
      { route: VAULT, country: 'AT', known_countries: ['DE'] },
      { route: OTHER, country: 'DE', known_countries: ['US'] },
    ],
  )
})

t.test('of two first countries at the same moment the second one is announced', async (t) => {
  const { logIn, stored, announced } = await startVault(t, ALERT + LOGIN)
  await Promise.all([GERMANY, AMERICA, AUSTRIA].map((client) => logIn(client)))
  t.equal(await stored(3), 3)
  t.equal(announced.length, 2)
})
