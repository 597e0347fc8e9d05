import { createServer } from 'node:http'
import { connect } from 'node:net'
import { plugin as bans } from '@drawbridge/plugin-bans'
import type { Caller, Role } from '@drawbridge/plugin-kit'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { until } from '../support/fixtures.ts'
import { startLimited } from '../support/limited-gateway.ts'

const ONE = '198.51.100.1'
const FOR_AN_HOUR = { durationsMs: [3_600_000], by: 'test', rule: 'test', requestIds: ['r-1'] }

/** The admin endpoints alone, as somebody with this role. */
async function startApi(
  t: Test,
  limited: Awaited<ReturnType<typeof startLimited>>,
  role: Role = 'operator',
  source: Caller['source'] = 'api',
) {
  const app = Fastify()
  t.teardown(() => app.close())
  const caller: Caller = { kind: 'user', name: 'ada', role, source, address: '203.0.113.5' }
  app.decorateRequest('caller')
  app.addHook('onRequest', async (request) => {
    request.caller = caller
  })
  app.register(async (api) => bans.admin?.(api, limited.gateway.services.host), { prefix: '/api' })
  return async (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) => {
    const response = await app.inject({ method, url, ...(payload === undefined ? {} : { payload }) })
    return { status: response.statusCode, body: response.json() }
  }
}

t.test('a ban counts at once, is on the disk before it is acknowledged, and outlives a crash', async (t) => {
  const first = await startLimited(t, { routes: { 'a.test': undefined, 'b.test': undefined } })
  await first.bans.ban({ address: ONE, route: 'a.test', ...FOR_AN_HOUR })
  await first.bans.ban({ address: '2001:db8::1', route: '', ...FOR_AN_HOUR, durationsMs: [Number.POSITIVE_INFINITY] })
  // Nothing is stopped: as after SIGKILL.
  const second = await startLimited(t, {
    routes: { 'a.test': undefined, 'b.test': undefined },
    folder: first.folder,
    clock: first.clock,
  })
  await second.bans.loaded()
  for (const gateway of [first, second]) {
    t.equal(await gateway.ask(ONE), 403)
    t.equal(await gateway.ask(ONE, '/', { host: 'b.test' }), 200)
    t.equal(await gateway.ask('2001:db8::9:9', '/', { host: 'b.test' }), 403, 'the whole /64')
    t.equal(await gateway.ask('2001:db8:0:1::1'), 200)
    t.equal(await gateway.ask('2001:db8::1', '/', { host: 'nobody.test' }), 403, 'also without a route')
  }
  second.clock.advance(3_600_000)
  t.equal(await second.ask(ONE), 200)
  t.match(second.records.at(-4)?.cause ?? '', /^$|BANNED/)
})

t.test('a ban that cannot be stored counts all the same, and is stored later', async (t) => {
  const limited = await startLimited(t, { routes: { 'a.test': undefined } })
  await limited.bans.loaded()
  const { durable } = limited.storage
  limited.storage.durable = () => Promise.reject(new Error('disk full'))
  await t.rejects(limited.bans.ban({ address: ONE, route: '', ...FOR_AN_HOUR }), /disk full/)
  t.equal(await limited.ask(ONE), 403)
  limited.storage.durable = durable
  limited.clock.advance(10_000)
  await until(() => [...limited.bans.index.all()].every((ban) => limited.bans.isStored(ban)))
  t.match(await limited.rows('SELECT address FROM bans'), [{ address: ONE }])
})

t.test('a ban cuts the WebSocket that the address has open, and nobody else', async (t) => {
  const backend = createServer()
  const limited = await startLimited(t, {
    routes: { 'a.test': undefined },
    backend: (_request, response) => response.end('in'),
  })
  backend.on('upgrade', (_request, socket) => {
    socket.on('error', () => socket.destroy())
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    socket.pipe(socket)
  })
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    backend.closeAllConnections()
    backend.close()
  })
  const { port } = backend.address() as { port: number }
  await limited.serve({ 'a.test': `http://127.0.0.1:${port}` })
  const open = async (client: string) => {
    const socket = connect(limited.port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    const state = { text: '', isClosed: false }
    socket.on('data', (chunk) => {
      state.text += chunk
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      state.isClosed = true
    })
    socket.write(
      `GET / HTTP/1.1\r\nHost: a.test\r\nX-Forwarded-For: ${client}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    )
    await until(() => state.text.includes('101 Switching'))
    return { socket, state }
  }
  const banned = await open(ONE)
  const other = await open('198.51.100.2')
  await limited.bans.ban({ address: ONE, route: '', ...FOR_AN_HOUR })
  await until(() => banned.state.isClosed)
  other.socket.write('still here')
  await until(() => other.state.text.includes('still here'))
  t.notOk(other.state.isClosed)
  await until(() => limited.records.length === 1)
  t.match(limited.records, [{ status: 101, cause: 'DRAWBRIDGE_BANS_ADDRESS_BANNED' }])
})

t.test('operators ban and unban by address, network and list; everything is audited', async (t) => {
  const limited = await startLimited(t, { routes: { 'a.test': undefined } })
  const call = await startApi(t, limited)
  const made = await call('POST', '/api/bans', {
    addresses: [ONE, '192.0.2.0/24'],
    duration: '2h',
    reason: 'scans',
  })
  t.match(made, { status: 201, body: { bans: [{ address: ONE, route: '', banned_by: 'ada', is_stored: true }, {}] } })
  t.equal(await limited.ask('192.0.2.77'), 403)
  t.equal(await limited.ask(ONE), 403)
  const page = await call('GET', '/api/bans?limit=1')
  t.match(page.body, { bans: [{ address: '192.0.2.0/24' }], next_cursor: String })
  const next = await call('GET', `/api/bans?limit=1&cursor=${page.body.next_cursor}`)
  t.match(next.body, { bans: [{ address: ONE, reason: 'scans' }], next_cursor: null })
  t.match((await call('GET', '/api/bans?address=192.0.2.5')).body.bans, [{ address: '192.0.2.0/24' }])
  t.match((await call('DELETE', '/api/bans?address=192.0.2.5')).body.bans, [{ address: '192.0.2.0/24' }])
  t.equal(await limited.ask('192.0.2.77'), 200)
  t.equal((await call('DELETE', `/api/bans/${made.body.bans[0].ban_id}`)).status, 200)
  t.equal(await limited.ask(ONE), 200)
  t.equal((await call('DELETE', `/api/bans/${made.body.bans[0].ban_id}`)).status, 404)
  const actions = limited.audited.map(({ action, actor }) => `${actor.name} ${action}`)
  t.strictSame(
    actions.filter((action) => !action.includes('read')),
    ['ada ip_banned', 'ada ip_banned', 'ada ip_unbanned', 'ada ip_unbanned'],
  )
  t.notMatch(JSON.stringify(limited.audited), ONE, 'without whole addresses')
})

t.test("what makes no sense is refused with the reason, one's own address unless forced", async (t) => {
  const limited = await startLimited(t, { routes: { 'a.test': undefined } })
  const call = await startApi(t, limited)
  for (const [body, status, code] of [
    [{ addresses: ['a.test'] }, 422, 'BAD_ADDRESS'],
    [{ addresses: [ONE], duration: 'soon' }, 422, 'BAD_DURATION'],
    [{ addresses: [ONE], route: 'nobody.test' }, 422, 'UNKNOWN_ROUTE'],
    [{ addresses: [ONE, '203.0.113.0/24'] }, 409, 'OWN_ADDRESS'],
    [{ addresses: ['0.0.0.0/0'] }, 409, 'OWN_ADDRESS'],
  ] as const)
    t.match(await call('POST', '/api/bans', body), { status, body: { code: `DRAWBRIDGE_BANS_${code}` } })
  t.ok(limited.bans.index.isEmpty, 'nothing was done')
  t.equal((await call('POST', '/api/bans', { addresses: ['203.0.113.5'], force: true })).status, 201)
})

t.test('an export can be imported, and viewers see no whole address', async (t) => {
  const limited = await startLimited(t, { routes: { 'a.test': undefined } })
  const call = await startApi(t, limited)
  await call('POST', '/api/bans', { addresses: [ONE, '2001:db8::/32'], duration: 'permanent' })
  const exported = (await call('GET', '/api/bans/export')).body
  t.match(exported.bans, [
    { address: ONE, expires_at: undefined },
    { address: '2001:db8::/32', expires_at: undefined },
  ])
  const other = await startLimited(t, { routes: { 'a.test': undefined } })
  const callOther = await startApi(t, other)
  t.match((await callOther('POST', '/api/bans/import', exported)).body, { imported: 2 })
  t.equal(await other.ask('2001:db8:77::1'), 403)
  const callAsViewer = await startApi(t, other, 'viewer')
  const { body } = await callAsViewer('GET', '/api/bans')
  t.equal(body.bans.length, 2)
  t.notMatch(JSON.stringify(body), ONE)
})

t.test('nothing is banned by hand that cannot be stored; lifting works all the same', async (t) => {
  const limited = await startLimited(t, { routes: { 'a.test': undefined } })
  const call = await startApi(t, limited, 'operator', 'cli')
  await call('POST', '/api/bans', { addresses: [ONE] })
  limited.storage.durable = () => Promise.reject(new Error('disk full'))
  t.match(await call('POST', '/api/bans', { addresses: ['192.0.2.1'] }), { status: 503 })
  t.equal(await limited.ask('192.0.2.1'), 200)
  t.match(await call('DELETE', `/api/bans?address=${ONE}`), { status: 200 })
  t.equal(await limited.ask(ONE), 200)
})
