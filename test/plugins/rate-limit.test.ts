import { createRateLimitPlugin, plugin as rateLimit } from '@drawbridge/plugin-rate-limit'
import Fastify from 'fastify'
import t from 'tap'
import { until } from '../support/fixtures.ts'
import { startLimited } from '../support/limited-gateway.ts'

const ONE = '198.51.100.1'
const OTHER = '198.51.100.2'

t.test('one client gets no more than its limit, another is not concerned', async (t) => {
  const { ask, send, clock } = await startLimited(t, { routes: { 'a.test': { per_ip: 3 } } })
  for (const status of [200, 200, 200, 429, 429]) t.equal(await ask(ONE), status)
  t.equal(await ask(OTHER), 200)
  clock.advance(20_500)
  const answer = await send(ONE)
  t.match(answer, /^HTTP\/1\.1 429 Too Many Requests\r\n/)
  t.match(answer, /\r\nretry-after: 40\r\n/i)
  t.match(answer, /\r\nratelimit-policy: "per_ip";q=3;w=60\r\n/i)
  t.match(answer, /\r\nratelimit: "per_ip";r=0;t=40\r\n/i)
  clock.advance(39_500)
  t.equal(await ask(ONE), 200)
})

t.test('no spelling of a path gets a count of its own', async (t) => {
  const { ask } = await startLimited(t, {
    routes: { 'a.test': { per_ip: 100, paths: [{ path: '/auth/*', per_ip: 2 }] } },
  })
  t.equal(await ask(ONE, '/auth/login'), 200)
  t.equal(await ask(ONE, '/AUTH/login'), 200)
  for (const target of [
    '//auth/login',
    '/auth/%6cogin',
    '/x/../auth/login',
    '/auth;a=b/login',
    '/auth/other',
    '/auth?x',
  ])
    t.equal(await ask(ONE, target), 429, target)
  t.equal(await ask(ONE, '/elsewhere'), 200)
})

t.test('a limit for all together holds beside that of each, and two routes share nothing', async (t) => {
  const route = { global: 3, per_ip: 2 }
  const { ask, send } = await startLimited(t, { routes: { 'a.test': route, 'b.test': route } })
  for (const [client, status] of [
    [ONE, 200],
    [ONE, 200],
    [ONE, 429],
    [OTHER, 200],
    [OTHER, 429],
    ['198.51.100.3', 429],
  ] as const)
    t.equal(await ask(client), status)
  t.match(await send('198.51.100.4'), /ratelimit-policy: "global"/i)
  t.equal(await ask(ONE, '/', { host: 'b.test' }), 200)
})

t.test('hosts that nobody knows are limited too', async (t) => {
  const { ask } = await startLimited(t, { routes: { 'a.test': { per_ip: 100 } } })
  for (const status of [404, 404, 404, 404, 429]) t.equal(await ask(ONE, '/', { host: 'nobody.test' }), status)
})

t.test('a reload gives nobody a fresh budget, and a looser limit gives the rest', async (t) => {
  const { ask, reload } = await startLimited(t, { routes: { 'a.test': { per_ip: 3 } } })
  for (const status of [200, 200, 200, 429]) t.equal(await ask(ONE), status)
  await reload({ 'a.test': { per_ip: 3, hide_limits: true } })
  t.equal(await ask(ONE), 429)
  await reload({ 'a.test': { per_ip: 5 } })
  for (const status of [200, 200, 429]) t.equal(await ask(ONE), status)
  await reload({ 'a.test': { per_ip: 2 } })
  t.equal(await ask(ONE), 429)
})

t.test('a restart gives nobody a fresh budget', async (t) => {
  const routes = { 'a.test': { per_ip: 3, global: 5 } }
  const first = await startLimited(t, { routes })
  for (const status of [200, 200, 200, 429]) t.equal(await first.ask(ONE), status)
  await first.stop()
  first.clock.advance(10_000)
  const second = await startLimited(t, { routes, folder: first.folder, clock: first.clock })
  t.equal(await second.ask(ONE), 429)
  for (const status of [200, 200, 429]) t.equal(await second.ask(OTHER), status, 'of all together five')
  second.clock.advance(60_000)
  t.equal(await second.ask(ONE), 200)
  t.strictSame(
    await second.rows(`SELECT count(*) AS n FROM rate_limits WHERE ip_address LIKE '198%'`),
    [{ n: 0 }],
    'no address is stored',
  )
})

t.test('who goes on too often is banned from the route, durably, and from no other', async (t) => {
  const strict = {
    per_ip: 1000,
    paths: [{ path: '/auth/*', per_ip: 1, ban_after: 3, ban_duration: 3600, alert_webhook: true }],
  }
  const { ask, send, announced, rows, clock, audited, records, log } = await startLimited(t, {
    routes: { 'a.test': strict, 'b.test': strict },
  })
  for (const status of [200, 429, 429, 429, 403]) t.equal(await ask(ONE, '/auth/login'), status)
  t.equal(await ask(ONE, '/'), 403, 'the whole route')
  t.notMatch(await send(ONE, '/'), /198\.51/, 'the answer names no address')
  t.equal(await ask(ONE, '/', { host: 'b.test' }), 200)
  const found = await rows('SELECT address, route, rule, expires_at - created_at AS seconds, request_ids FROM bans')
  t.match(found, [{ address: ONE, route: 'a.test', rule: '/auth/* per_ip', seconds: 3600 }])
  t.strictSame(
    JSON.parse(String(found[0]?.request_ids)),
    records.slice(1, 4).map(({ requestId }) => requestId),
  )
  t.match(announced.find(({ name }) => name === 'ip_banned')?.facts, {
    client: '198.51.100.xxx',
    route: 'a.test',
    is_alert: true,
  })
  t.match(audited, [{ action: 'ip_banned', resourceType: 'ban' }])
  t.notMatch(JSON.stringify([audited, announced]), ONE)
  t.strictSame(
    await rows('SELECT action, ip_address, route_id > 0 AS is_known FROM rate_limit_violations ORDER BY violation_id'),
    [
      { action: 'throttled', ip_address: '198.51.100.0', is_known: 1 },
      { action: 'banned', ip_address: '198.51.100.0', is_known: 1 },
    ],
  )
  t.strictSame(
    log.lines.filter(({ level }) => level === 'warn'),
    [],
  )
  t.match(await rows('SELECT ban_count, rule FROM rate_limits WHERE banned_until IS NOT NULL'), [
    { ban_count: 1, rule: '/auth/* per_ip' },
  ])
  clock.advance(3_600_001)
  t.equal(await ask(ONE, '/auth/login'), 200)
})

t.test('the next ban is longer where the rule says so, also after a restart', async (t) => {
  const routes = { 'a.test': { per_ip: 1, ban_after: 1, ban_duration: ['1m', '1h', 'permanent'] } }
  const first = await startLimited(t, { routes })
  const lengths: unknown[] = []
  let current = first
  for (const wait of [61_000, 3_601_000, 0]) {
    t.equal(await current.ask(ONE), 200)
    t.equal(await current.ask(ONE), 429)
    t.equal(await current.ask(ONE), 403)
    lengths.push((await current.rows('SELECT expires_at - created_at AS seconds FROM bans'))[0]?.seconds)
    await current.stop()
    first.clock.advance(wait)
    current = await startLimited(t, { routes, folder: first.folder, clock: first.clock })
    await current.bans.loaded()
  }
  t.strictSame(lengths, [60, 3600, null])
  first.clock.advance(86_400_000)
  t.equal(await current.ask(ONE), 403)
})

t.test('observing refuses nobody and says what it would do', async (t) => {
  const { ask, rows, records } = await startLimited(t, {
    routes: { 'a.test': { per_ip: 1, ban_after: 2, mode: 'observe' } },
  })
  for (let i = 0; i < 4; i += 1) t.equal(await ask(ONE), 200)
  t.match(records[1]?.decisions, [{ by: 'rate-limit', what: 'would-refuse', facts: { rule: 'per_ip', limit: 1 } }])
  const actions = await rows('SELECT action FROM rate_limit_violations ORDER BY violation_id')
  t.strictSame(actions, [{ action: 'would-throttle' }, { action: 'would-ban' }])
  t.strictSame(await rows('SELECT * FROM bans'), [])
})

t.test('who is exempt is never counted, by address, network or a name whose address changes', async (t) => {
  let home = OTHER
  const plugin = createRateLimitPlugin(async (_name, family) => (family === 4 ? [home] : ['2001:db8:7::1']))
  const { ask, clock } = await startLimited(t, {
    routes: { 'a.test': { per_ip: 1, ban_after: 1, exempt: ['home.example.net', '192.0.2.0/24'] } },
    plugin,
  })
  for (const client of [OTHER, '192.0.2.9', '2001:db8:7::5'])
    for (let i = 0; i < 3; i += 1) t.equal(await ask(client), 200, client)
  home = '203.0.113.9'
  clock.advance(60_000)
  await new Promise((resolve) => setImmediate(resolve))
  for (let i = 0; i < 3; i += 1) t.equal(await ask(home), 200)
  t.equal(await ask(OTHER), 200)
  t.equal(await ask(OTHER), 429)
})

t.test('the worst offenders are listed, masked', async (t) => {
  const { ask, gateway, storage } = await startLimited(t, { routes: { 'a.test': { per_ip: 1 } } })
  for (const client of [ONE, ONE, ONE, OTHER, OTHER, '203.0.113.1']) await ask(client)
  await storage.flush()
  const app = Fastify()
  t.teardown(() => app.close())
  rateLimit.admin?.(app, gateway.services.host)
  const { clients } = (await app.inject('/rate-limits/top')).json()
  t.match(clients, [
    { client: '198.51.100.0', host: 'a.test', rule: 'per_ip', bans: 0 },
    { client: '198.51.100.0', host: 'a.test', rule: 'per_ip', bans: 0 },
  ])
  t.equal(clients.length, 2)
  t.strictSame((await app.inject('/rate-limits/top?route_id=999')).json(), { clients: [] })
})

t.test('failed logins ban, successes make good', async (t) => {
  const { ask, announced, bans } = await startLimited(t, {
    routes: { 'a.test': { login: { path: '/login', failure_status: 400, max_failures: 3, ban_duration: '1h' } } },
    backend: (request, response) => {
      response.statusCode = request.url === '/login?good' || request.method === 'GET' ? 200 : 400
      response.end()
    },
  })
  const post = (target: string) => ask(ONE, target, { method: 'POST' })
  for (const target of ['/login', '/login', '/login?good', '/login', '//LOGIN/']) await post(target)
  t.equal(await ask(ONE, '/login'), 200, 'looking at the form is no login')
  t.equal(await post('/login'), 400)
  await until(() => !bans.index.isEmpty)
  t.equal(await ask(ONE), 403)
  await new Promise((resolve) => setImmediate(resolve))
  t.strictSame(
    announced.filter(({ name }) => name.startsWith('login')).map(({ name }) => name),
    ['login_failed', 'login_failed', 'login_succeeded', 'login_failed', 'login_failed', 'login_failed'],
  )
  t.match(announced[0]?.facts, { route: 'a.test', country: '' })
})

t.test("Vaultwarden's refreshed tokens and second factors are no failed logins", async (t) => {
  const login = {
    path: '/identity/connect/token',
    failure_status: 400,
    max_failures: 2,
    ignore_body: 'grant_type=refresh_token',
    ignore_answer: 'TwoFactorProviders',
  }
  const seen: string[] = []
  const { send, ask, bans, records } = await startLimited(t, {
    routes: { 'vault.test': { login } },
    backend: (request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        seen.push(body)
        const text = body.includes('right')
          ? '{"error":"invalid_grant","TwoFactorProviders":["0"]}'
          : '{"error":"wrong"}'
        response.writeHead(400, { 'content-type': 'application/json', 'content-length': text.length }).end(text)
      })
    },
  })
  const post = (body: string) => send(ONE, '/identity/connect/token', { method: 'POST', body })
  for (let i = 0; i < 3; i += 1) {
    t.match(await post('grant_type=refresh_token&refresh_token=x'), /400 [\s\S]*"wrong"/)
    t.match(
      await post('grant_type=password&password=right'),
      /400 [\s\S]*\{"error":"invalid_grant","TwoFactorProviders":\["0"\]\}$/,
    )
  }
  t.ok(bans.index.isEmpty)
  await post('grant_type=password&password=bad')
  await post('grant_type=password&password=bad')
  await until(() => records.length === 8 && !bans.index.isEmpty)
  t.equal(await ask(ONE), 403)
  t.equal(seen[0], 'grant_type=refresh_token&refresh_token=x', 'the body reaches the backend whole')
})
