import type { BanList, BanRequest } from '@drawbridge/plugin-kit'
import t from 'tap'
import { until } from '../support/fixtures.ts'
import { startShielded } from '../support/shielded-gateway.ts'

const SQL = "1' UNION SELECT password FROM users-- "
const ATTACK = `GET /item/7?id=${encodeURIComponent(SQL)}`
const from = (address: string) => `X-Forwarded-For: ${address}\r\n`

t.test('a refused request becomes a row with the requirement’s columns', async (t) => {
  const stage = await startShielded(t)
  await stage.ask(ATTACK, from('203.0.113.45'))
  const rows = await stage.rows()
  t.equal(rows.length, 1)
  t.match(rows[0], {
    block_id: 1,
    timestamp: Date.UTC(2026, 10, 22, 18) / 1000,
    ip_address: '203.0.113.xxx',
    route_id: 1,
    path: '/item/7',
    rule_triggered: /^sqli-/,
    pattern_matched: /union select/,
    request_snippet: /^GET \/item\/7\?id=/,
    action: 'blocked',
    part: 'query',
    parameter: 'id',
    count: 1,
    request_id: stage.records[0]?.requestId,
  })
})

t.test('in log mode the row says what would have been', async (t) => {
  const stage = await startShielded(t, { mode: 'log' })
  t.equal(await stage.ask(ATTACK), 200)
  t.match(await stage.rows(), [{ action: 'logged' }])
  t.same(stage.announced, [], 'and nothing is announced')
})

t.test('no secret and no address gets into a row', async (t) => {
  const stage = await startShielded(t)
  const value = encodeURIComponent(`hunter2' UNION SELECT password FROM users-- anna@example.org 198.51.100.77`)
  await stage.ask(`GET /a?password=${value}`, from('203.0.113.45'))
  await stage.ask('GET /b', `${from('203.0.113.45')}Cookie: session=${value}\r\n`)
  await stage.ask('GET /c', `${from('203.0.113.45')}Authorization: hunter2 ' UNION SELECT password FROM users-- \r\n`)
  await stage.ask(
    'POST /d',
    `${from('203.0.113.45')}Content-Type: application/json\r\n`,
    `{"user":{"password":"hunter2' UNION SELECT password FROM users-- "}}`,
  )
  await stage.ask(`GET /e?comment=${value.replace('hunter2', '')}&token=hunter2`, from('203.0.113.45'))
  const rows = await stage.rows()
  t.same(
    rows.map(({ path }) => path),
    ['/a', '/b', '/c', '/d', '/e'],
  )
  t.notMatch(JSON.stringify(rows), /hunter2|anna@|198\.51\.100\.77|203\.0\.113\.45/)
  for (const { pattern_matched, request_snippet } of rows) {
    t.ok(String(pattern_matched).length <= 120)
    t.ok(String(request_snippet).length <= 256)
  }
})

t.test('who repeats an attack gets one row, and at the end of the minute one that counts the rest', async (t) => {
  const stage = await startShielded(t)
  for (let turn = 0; turn < 30; turn++) await stage.ask(ATTACK, from('203.0.113.45'))
  t.match(await stage.rows(), [{ count: 1 }])
  await stage.ask(ATTACK, from('198.51.100.1'))
  t.equal((await stage.rows()).length, 2, 'another client')
  stage.clock.advance(70_000)
  t.match(await stage.rows(), [{ count: 1 }, { count: 1 }, { count: 29, ip_address: '203.0.113.xxx' }])
  await stage.ask(ATTACK, from('203.0.113.45'))
  t.equal((await stage.rows()).length, 4, 'a new minute')
})

t.test('many paths of one client become ten rows and a count, also over a whole network of IPv6', async (t) => {
  const stage = await startShielded(t)
  for (let turn = 0; turn < 40; turn++)
    await stage.ask(ATTACK.replace('/item/7', `/item/${turn}`), from(`2001:db8::${turn + 1}`))
  t.equal((await stage.rows()).length, 10)
  await stage.gateway.close(200)
  const rows = await stage.rows()
  t.equal(rows.length, 11, 'the end of the process is the end of the minute')
  t.equal(rows.at(-1)?.count, 30)
})

t.test('who has many addresses does not fill the disk', async (t) => {
  const stage = await startShielded(t)
  const requests = Array.from({ length: 2100 }, (_, turn) => from(`2001:db8:${turn.toString(16)}::1`))
  for (let at = 0; at < requests.length; at += 50)
    await Promise.all(requests.slice(at, at + 50).map((headers) => stage.ask(ATTACK, headers)))
  t.equal((await stage.rows()).length, 2000)
  t.equal(stage.log.lines.filter(({ message }) => message.includes('rows are left out')).length, 1)
})

t.test('a refusal is announced without an address', async (t) => {
  const stage = await startShielded(t)
  await stage.ask(ATTACK, from('203.0.113.45'))
  await until(() => stage.announced.length > 0)
  t.match(stage.announced, [{ name: 'waf_blocked', facts: { route: 'a.test', rule: /^sqli-/, part: 'query' } }])
  t.same(Object.keys(stage.announced[0]?.facts ?? {}).sort(), ['part', 'route', 'rule'])
})

t.test('a client with too many refusals within the window is banned, and nobody else', async (t) => {
  const bans: BanRequest[] = []
  const banList: BanList = {
    async ban(request) {
      bans.push(request)
      return Number.POSITIVE_INFINITY
    },
  }
  const options = { enabled: true, ban_after: 3, ban_window: '1m', ban_duration: '2h', max_request_size: 10 }
  const stage = await startShielded(t, options, banList)
  const large = () => stage.ask('POST /', from('203.0.113.45'), 'a'.repeat(11))
  await stage.ask(ATTACK, from('203.0.113.45'))
  await stage.ask(ATTACK, from('203.0.113.45'))
  await stage.ask(ATTACK, from('203.0.113.46'))
  await large()
  t.same(bans, [], 'sizes and others do not count')
  stage.clock.advance(61_000)
  await stage.ask(ATTACK, from('203.0.113.45'))
  await stage.ask(ATTACK, from('203.0.113.45'))
  t.same(bans, [], 'two within a minute')
  await stage.ask(ATTACK, from('203.0.113.45'))
  t.match(bans, [{ address: '203.0.113.45', route: 'a.test', durationsMs: [7_200_000], by: 'waf', rule: /^sqli-/ }])
  t.same(bans[0]?.requestIds.at(-1), stage.records.at(-1)?.requestId)
  t.equal(bans[0]?.requestIds.length, 3, 'with the requests that led to it')
})

t.test('without a ban list attacks are refused all the same, and the log says what is missing', async (t) => {
  const stage = await startShielded(t, { enabled: true, ban_after: 1 })
  t.equal(await stage.ask(ATTACK, from('203.0.113.45')), 403)
  await until(() => stage.log.lines.some(({ message }) => message === 'a ban of the WAF was not stored'))
})

t.test('a trusted proxy that names nobody is not banned with everybody behind it', async (t) => {
  const bans: BanRequest[] = []
  const banList: BanList = {
    async ban(request) {
      bans.push(request)
      return 0
    },
  }
  const stage = await startShielded(t, { enabled: true, ban_after: 1, ban_duration: ['1h', 'permanent'] }, banList)
  t.equal(await stage.ask(ATTACK), 403)
  t.same(bans, [])
  t.match(stage.log.lines.at(-2)?.message, /^a trusted proxy .* is not banned$/)
  t.equal(await stage.ask(ATTACK, from('203.0.113.45')), 403)
  t.match(bans, [{ address: '203.0.113.45', durationsMs: [3_600_000, Number.POSITIVE_INFINITY] }])
})
