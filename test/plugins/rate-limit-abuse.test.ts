import { gzipSync } from 'node:zlib'
import { createTestClock } from '@drawbridge/plugin-kit/testing'
import { plugin as rateLimit } from '@drawbridge/plugin-rate-limit'
import Fastify from 'fastify'
import t from 'tap'
import { sendRaw, until } from '../support/fixtures.ts'
import { startLimited } from '../support/limited-gateway.ts'

const ONE = '198.51.100.1'

t.test('who shares a count with the other networks of a /48 is limited by it, but not banned for them', async (t) => {
  const { ask, bans } = await startLimited(t, { routes: { 'a.test': { per_ip: 1, ban_after: 1 } } })
  for (let i = 0; i < 257; i += 1) await ask(`2001:db8:1:${i.toString(16)}::1`)
  for (let i = 0; i < 3; i += 1) t.equal(await ask('2001:db8:1:ffff::1'), 429)
  t.ok(bans.index.isEmpty)
  t.equal(await ask('2001:db8:1:7::1'), 429, 'one of those with a count of their own')
  t.equal(await ask('2001:db8:1:7::1'), 403)
})

t.test('a trusted proxy that names nobody is limited, but never banned: everybody behind it would be', async (t) => {
  const { ask, port, bans, log } = await startLimited(t, {
    routes: { 'a.test': { per_ip: 1, ban_after: 1, login: { path: '/login', failure_status: 200, max_failures: 1 } } },
  })
  const send = (method: string) =>
    sendRaw(port, `${method} /login HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
  t.match(await send('POST'), /^HTTP\/1\.1 200 /)
  for (let i = 0; i < 3; i += 1) t.match(await send('GET'), /^HTTP\/1\.1 429 /)
  t.ok(bans.index.isEmpty)
  t.match(log.lines.filter(({ level }) => level === 'warn')[0]?.message ?? log.lines, /proxy/)
  t.equal(await ask(ONE), 200, 'who is named is not concerned')
})

t.test('refusals are all counted, also of a client that stops before its next row is due', async (t) => {
  const { ask, clock, rows } = await startLimited(t, { routes: { 'a.test': { per_ip: 1 } } })
  for (let i = 0; i < 6; i += 1) await ask(ONE)
  clock.advance(10_000)
  t.strictSame(await rows('SELECT count(*) AS n, sum(refused) AS refused FROM rate_limit_violations'), [
    { n: 2, refused: 5 },
  ])
})

t.test('a refusal that bans counts once, failed logins count, and what is only observed says so', async (t) => {
  const { ask, gateway, storage, records } = await startLimited(t, {
    routes: {
      'a.test': { per_ip: 1, ban_after: 2 },
      'b.test': { per_ip: 1, ban_after: 2, mode: 'observe' },
      'c.test': { login: { path: '/', failure_status: 200, max_failures: 3 } },
    },
  })
  for (const host of ['a.test', 'b.test', 'c.test'])
    for (let i = 0; i < 3; i += 1) await ask(ONE, '/', { host, method: 'POST' })
  await until(() => records.length === 9)
  await storage.flush()
  const app = Fastify()
  t.teardown(() => app.close())
  rateLimit.admin?.(app, gateway.services.host)
  const { clients } = (await app.inject('/rate-limits/top')).json()
  t.match(
    clients.toSorted((one: { host: string }, other: { host: string }) => (one.host < other.host ? -1 : 1)),
    [
      { host: 'a.test', refused: 2, bans: 1, mode: 'enforce' },
      { host: 'b.test', refused: 2, bans: 1, mode: 'observe' },
      { host: 'c.test', refused: 3, bans: 1, mode: 'enforce' },
    ],
  )
  const text = rateLimit.commands?.[0]?.format({ clients }).text ?? ''
  t.match(text, /b\.test {2}per_ip {2}would have been: 2 refused, banned once/)
})

t.test('a wall clock that is set back silences nothing', async (t) => {
  const clock = createTestClock(Date.UTC(2026, 10, 23, 12))
  const wallNow = clock.wallNow.bind(clock)
  let setBackMs = 0
  clock.wallNow = () => wallNow() - setBackMs
  const { ask, rows, storage } = await startLimited(t, {
    clock,
    routes: { 'a.test': { per_ip: '1/h', ban_after: 100 } },
  })
  for (const status of [200, 429]) t.equal(await ask(ONE), status)
  setBackMs = 86_400_000
  clock.advance(10_000)
  t.equal(await ask(ONE), 429, 'limits do not follow it')
  await storage.flush()
  t.match(await rows('SELECT count(*) AS n FROM rate_limit_violations'), [{ n: 2 }])
})

t.test('a refusal that a backend would compress is read all the same', async (t) => {
  const login = { path: '/token', failure_status: 400, max_failures: 1, ignore_answer: 'TwoFactorProviders' }
  const { port, bans, records } = await startLimited(t, {
    routes: { 'a.test': { login } },
    backend: (request, response) => {
      // Whoever names nothing gets it compressed as well (RFC 9110 12.5.3).
      const accepted = request.headers['accept-encoding'] ?? 'gzip'
      const isCompressed = String(accepted).includes('gzip')
      const text = request.method === 'POST' ? '{"TwoFactorProviders":["0"]}' : 'page'
      response.writeHead(request.method === 'POST' ? 400 : 200, isCompressed ? { 'content-encoding': 'gzip' } : {})
      response.end(isCompressed ? gzipSync(text) : text)
    },
  })
  const send = (method: string, coding: string) =>
    sendRaw(
      port,
      `${method} /token HTTP/1.1\r\nHost: a.test\r\nX-Forwarded-For: ${ONE}\r\n${coding}Content-Length: 0\r\nConnection: close\r\n\r\n`,
    )
  for (const coding of ['Accept-Encoding: gzip, br\r\n', '']) t.match(await send('POST', coding), /TwoFactorProviders/)
  await until(() => records.length === 2)
  t.ok(bans.index.isEmpty)
  t.match(
    await send('GET', 'Accept-Encoding: gzip\r\n'),
    /content-encoding: gzip/i,
    'nothing else is asked for plainly',
  )
})
