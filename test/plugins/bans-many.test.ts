import { type Ban, plugin as bans } from '@drawbridge/plugin-bans'
import type { Caller } from '@drawbridge/plugin-kit'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { startProcess } from '../support/gateway-process.ts'
import { startLimited } from '../support/limited-gateway.ts'
import { runCommand } from '../support/run-command.ts'

const ONE = '198.51.100.1'
const FOR_AN_HOUR = { durationsMs: [3_600_000], by: 'test', rule: 'test', requestIds: ['r-1'] }
const MOST_BY_RULES = 50_000

/** A gateway and its admin endpoints, as an operator. */
async function startApi(t: Test) {
  const limited = await startLimited(t, { routes: { 'a.test': undefined } })
  await limited.bans.loaded()
  const app = Fastify()
  t.teardown(() => app.close())
  const caller: Caller = { kind: 'user', name: 'ada', role: 'operator', source: 'api', address: '203.0.113.5' }
  app.decorateRequest('caller')
  app.addHook('onRequest', async (request) => {
    request.caller = caller
  })
  app.register(async (api) => bans.admin?.(api, limited.gateway.services.host), { prefix: '/api' })
  const post = async (url: string, payload: object) => {
    const response = await app.inject({ method: 'POST', url, payload })
    return { status: response.statusCode, body: response.json() }
  }
  return { limited, post }
}

/** Addresses of both families and networks. */
function mixed(count: number, from = 0): { address: string; reason: string }[] {
  return Array.from({ length: count }, (_, i) => {
    const [high, low] = [(i + from) >> 8, (i + from) & 255]
    const forms = [`10.${high}.${low}.7`, `2001:db8:${high}:${low}::1`, `20.${high}.${low}.0/24`]
    return { address: forms[i % 3] ?? '', reason: 'a list' }
  })
}

t.test('hundreds are banned at once, each is in the audit log, in few entries', async (t) => {
  const { limited, post } = await startApi(t)
  t.match(await post('/api/bans/import', { bans: mixed(500) }), { status: 200, body: { imported: 500 } })
  for (const { address } of mixed(500).filter((_, i) => i % 50 < 3))
    t.equal(await limited.ask(address.replace('0/24', '9')), 403, address)
  t.equal(await limited.ask('10.0.1.7'), 200)
  const entries = limited.audited.filter(({ action }) => action === 'ip_banned')
  t.equal(entries.length, 10)
  const entered = entries.flatMap(({ after }) => (after as { bans: { ban_id: number }[] }).bans)
  t.strictSame(
    entered.map(({ ban_id }) => ban_id),
    [...limited.bans.index.all()].map(({ id }) => id),
  )
  t.ok(
    entries.every(({ after }) => JSON.stringify(after).length < 65_536),
    'an entry keeps no more',
  )
  t.match(await post('/api/bans/import', { bans: mixed(501) }), { status: 400 })
})

t.test('of hundreds all are banned or, where they cannot be stored, none', async (t) => {
  const { limited, post } = await startApi(t)
  const transactions: number[] = []
  limited.storage.durable = (writes) => {
    transactions.push(writes.length)
    return Promise.reject(new Error('disk full'))
  }
  t.match(await post('/api/bans/import', { bans: mixed(500) }), { status: 503 })
  t.strictSame(transactions, [500])
  t.ok(limited.bans.index.isEmpty)
})

t.test('of an address that a list has twice the longer ban counts', async (t) => {
  const { limited, post } = await startApi(t)
  const soon = Math.floor(limited.clock.wallNow() / 1000) + 60
  const twice = [{ address: '2001:db8::1' }, { address: '2001:db8::2', expires_at: soon }]
  t.match(await post('/api/bans/import', { bans: twice }), { body: { imported: 1 } })
  limited.clock.advance(61_000)
  t.equal(await limited.ask('2001:db8::3'), 403)
})

t.test('an end that no calendar knows is refused, not a failure of the gateway', async (t) => {
  const { limited, post } = await startApi(t)
  for (const duration of [1e15, '99999999999d'])
    t.match(await post('/api/bans', { addresses: [ONE], duration }), { status: 422 })
  t.match(await post('/api/bans/import', { bans: [{ address: ONE, expires_at: 1e15 }] }), { status: 400 })
  t.ok(limited.bans.index.isEmpty)
})

/** As `count` bans before would have left it. */
function fill(
  index: { put(ban: Ban): void },
  { count, ...facts }: { count: number } & Pick<Ban, 'rule' | 'expiresAt'>,
) {
  for (let i = 0; i < count; i += 1) {
    const key = String.fromCharCode(0x0b00 + (i >> 16), i & 0xffff)
    const network = { first: key, last: key, text: `11.${i >> 16}.${(i >> 8) & 255}.${i & 255}` }
    const common = { id: i + 1, createdAt: 0, by: 'test', reason: '', requestIds: [], count: 1, route: '' }
    index.put({ ...common, ...facts, network })
  }
}

t.test('bans that are over, and bans by hand, leave room for new ones', async (t) => {
  for (const before of [
    { count: MOST_BY_RULES, rule: 'per_ip', expiresAt: 1000 },
    { count: MOST_BY_RULES + 1, rule: '', expiresAt: Number.POSITIVE_INFINITY },
  ]) {
    const { limited } = await startApi(t)
    fill(limited.bans.index, before)
    await limited.bans.ban({ address: ONE, route: '', ...FOR_AN_HOUR })
    t.equal(await limited.ask(ONE), 403)
  }
  const { limited } = await startApi(t)
  fill(limited.bans.index, { count: MOST_BY_RULES, rule: 'per_ip', expiresAt: Number.POSITIVE_INFINITY })
  await t.rejects(limited.bans.ban({ address: ONE, route: '', ...FOR_AN_HOUR }), /50000 bans/)
})

t.test('a file of any length is imported from the command line, part by part', async (t) => {
  const list = JSON.stringify({ bans: mixed(1100) })
  const gateway = await startProcess(t, {
    files: { 'routes/a.yaml': 'host: a.test\nbackend: http://127.0.0.1:9\n', 'list.json': list },
  })
  const file = `${gateway.folder}/list.json`
  t.match(await runCommand(gateway.folder, 'bans', 'import', file), { code: 0, stdout: /^1100 bans/ })
  t.match(await runCommand(gateway.folder, 'bans', 'import', file), { code: 0, stdout: /^0 bans/ }, 'as long already')
  const bad = JSON.stringify({ bans: [...mixed(500, 5000), { address: 'nobody' }] })
  gateway.write('bad.json', bad)
  const refused = await runCommand(gateway.folder, 'bans', 'import', `${gateway.folder}/bad.json`)
  t.match(refused, { code: 1, stderr: /1 of 2 parts were done[\s\S]*"nobody" is no address/ })
})
