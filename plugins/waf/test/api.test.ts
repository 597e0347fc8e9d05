import t from 'tap'
import { compileRuleset, inspectRequest, plugin, RULES } from '../src/index.ts'
import { buildWaf, NOW } from './support/build-waf.ts'

const seconds = NOW / 1000

t.test('events come newest first, page by page, without one twice', async (t) => {
  const { store, get, audited } = buildWaf(t)
  await store(Array.from({ length: 25 }, (_, index) => ({ timestamp: seconds - 100 + index, path: `/p/${index}` })))
  const first = await get('/api/waf/events?limit=10')
  const second = await get(`/api/waf/events?limit=10&cursor=${first.next_cursor}`)
  const third = await get(`/api/waf/events?limit=10&cursor=${second.next_cursor}`)
  const paths = [first, second, third].flatMap(({ events }) => events.map(({ path }: { path: string }) => path))
  t.same(
    paths,
    Array.from({ length: 25 }, (_, index) => `/p/${24 - index}`),
  )
  t.equal(third.next_cursor, null)
  t.match(first.events[0], { route: 'panel.test', rule: 'sqli-union-select', client: '203.0.113.xxx', count: 1 })
  t.equal(audited.length, 1, 'that somebody looks is entered once')
  await get('/api/waf/events?client=203.0.113.xxx')
  await get('/api/waf/events?client=203.0.113.xxx')
  t.equal(audited.length, 3, 'and each time it is about one client')
})

t.test('every filter of the events finds what it says', async (t) => {
  const { store, get, app } = buildWaf(t)
  await store([
    { path: '/old', timestamp: seconds - 7200 },
    { path: '/blocked', action: 'blocked' },
    { path: '/rule', rule_triggered: 'xss-script-tag' },
    { path: '/part', part: 'body' },
    { path: '/client', ip_address: '198.51.100.xxx' },
    { path: '/pseudonym', pseudonym: 'QqQqQqQqQqQqQqQq' },
    { path: '/id', request_id: 'other-request' },
    { path: '/elsewhere', route_id: 0 },
  ])
  const found = async (query: string) =>
    (await get(`/api/waf/events?${query}`)).events.map(({ path }: { path: string }) => path)
  t.same(await found('until=1h'), ['/old'])
  t.equal((await found('since=1h')).length, 7)
  t.same(await found('action=blocked'), ['/blocked'])
  t.same(await found('rule=xss-script-tag'), ['/rule'])
  t.same(await found('part=body'), ['/part'])
  t.same(await found('client=198.51.100.xxx'), ['/client'])
  t.same(await found('client=QqQqQqQqQqQqQqQq'), ['/pseudonym'])
  t.same(await found('request_id=other-request'), ['/id'])
  t.same(await found('path_prefix=/els'), ['/elsewhere'])
  t.notOk((await found('route=panel.test')).includes('/elsewhere'))
  t.match((await app.inject('/api/waf/events?since=soon')).json(), { code: 'DRAWBRIDGE_WAF_BAD_TIME' })
})

t.test(
  'the report adds up by path, parameter and rule, and the exclusion it gives lets these requests through',
  async (t) => {
    const { store, get } = buildWaf(t)
    await store([
      { path: '/item/7', count: 3 },
      { path: '/item/8', pseudonym: 'QqQqQqQqQqQqQqQq' },
      { path: '/item/9', rules: 'sqli-union-select sqli-tautology' },
      { path: '/item/9', action: 'blocked' },
      { path: '/post', part: 'body', parameter: 'text', rule_triggered: 'xss-script-tag', rules: 'xss-script-tag' },
      { path: '/big', part: null, parameter: null, rule_triggered: 'max_request_size', rules: 'max_request_size' },
      { path: '/item/7', timestamp: seconds - 8 * 86_400 },
    ])
    const { lines } = await get('/api/waf/report')
    t.match(lines, [
      {
        route: 'panel.test',
        path: '/item/*',
        parameter: 'id',
        rule: 'sqli-union-select',
        requests: 5,
        exclusion: { path: '/item/*', part: 'query', parameter: 'id', rule: 'sql_injection' },
      },
      {},
      {},
    ])
    const byRule = new Map(lines.map((line: { rule: string }) => [line.rule, line]))
    t.match(byRule.get('xss-script-tag'), {
      exclusion: { path: '/post', part: 'body', parameter: 'text', rule: 'xss-script-tag' },
    })
    t.match(byRule.get('max_request_size'), { exclusion: null })
    const ruleset = compileRuleset({
      exclusions: lines.flatMap(({ exclusion }: { exclusion: object | null }) => exclusion ?? []),
    })
    const query = `id=${encodeURIComponent("1' union select a from b-- ")}`
    const request = { method: 'GET', query, headers: [] }
    t.equal(inspectRequest({ ...request, path: '/item/12' }, ruleset).isAttack, false)
    t.equal(inspectRequest({ ...request, path: '/else' }, ruleset).isAttack, true)
  },
)

t.test('the rules are listed with how often they fired, also without a database', async (t) => {
  const { store, get, storage } = buildWaf(t, { enabled: true, custom_rules: [{ id: 'mine', pattern: 'abc' }] })
  await store([{ count: 4 }, { timestamp: seconds - 2 * 86_400, rule_triggered: 'xss-script-tag' }])
  const { rules } = await get('/api/waf/rules')
  const byId = new Map<string, Record<string, unknown>>(rules.map((rule: { id: string }) => [rule.id, rule]))
  t.equal(rules.length, RULES.length + 1)
  t.match(byId.get('sqli-union-select'), { group: 'sql_injection', hits_24h: 4, last_hit: seconds - 60 })
  t.match(byId.get('xss-script-tag'), { hits_24h: 0, last_hit: seconds - 2 * 86_400 })
  t.match(byId.get('mine'), { group: 'custom', example: 'abc', hits_24h: 0, last_hit: null })
  await storage.close()
  t.match((await get('/api/waf/rules')).rules[0], { hits_24h: null })
})

t.test('a test judges as a route does, and stores nothing', async (t) => {
  const { app, storage } = buildWaf(t, {
    mode: 'block',
    exclusions: [{ parameter: 'payload', rule: 'xss' }],
    custom_rules: [{ id: 'mine', pattern: 'abc' }],
  })
  const judge = async (payload: object) => (await app.inject({ method: 'POST', url: '/api/waf/test', payload })).json()
  const script = '<script>alert(1)</script>'
  t.match(await judge({ payload: script }), { verdict: 'logged', mode: 'log', threshold: 5 })
  t.match(await judge({ payload: script, host: 'panel.test' }), { verdict: 'passed', mode: 'block' })
  t.match(await judge({ payload: 'abc', host: 'PANEL.test' }), { verdict: 'blocked', matches: [{ rule: 'mine' }] })
  t.match(await judge({ payload: 'hello' }), { verdict: 'passed', score: 0, matches: [] })
  t.match(
    await judge({ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: `{"a":"1' or '1'='1"}` }),
    { verdict: 'logged', matches: [{ part: 'body', parameter: 'a' }] },
  )
  t.match(await judge({ payload: 'x', host: 'no.test' }), { code: 'DRAWBRIDGE_WAF_NO_SUCH_ROUTE' })
  t.same(await storage.all('SELECT * FROM waf_blocks'), [])
})

t.test('without its audit entry nothing about people is shown', async (t) => {
  const { app, audit } = buildWaf(t)
  audit.append = () => Promise.reject(new Error('the disk is full'))
  t.equal((await app.inject('/api/waf/events')).statusCode, 503)
  t.equal((await app.inject('/api/waf/rules')).statusCode, 200)
})

t.test('commands ask the API and print its answer for people', async (t) => {
  const { app, store } = buildWaf(t)
  await store([{ count: 3, path: '/item/\u001b[31m' }])
  const run = async (name: string, args: readonly string[] = [], options: Record<string, string> = {}) => {
    const command = plugin.commands?.find((one) => one.name === name)
    const call = command?.call({ args, options })
    const answer = await app.inject({
      method: call?.method ?? 'GET',
      url: call?.path ?? '',
      ...(call?.body === undefined ? {} : { payload: call.body as object }),
    })
    return command?.format(answer.json())
  }
  t.match(await run('waf test', ["' or 1=1-- "], { host: 'panel.test' }), {
    text: /^blocked: \d+ of 5 points, mode block\n {2}sqli-/,
    exitCode: 4,
  })
  t.match(await run('waf test', ['hello']), { text: /^passed: 0 of 5 points, mode log$/, exitCode: 0 })
  t.match(await run('waf events', [], { limit: '5' }), {
    text: /logged {2}sqli-union-select {2}panel\.test\/item\/\\x1b\[31m {2}query id {2}203\.0\.113\.xxx {2}x3/,
  })
  t.match(await run('waf report'), { text: /^sqli-union-select at panel\.test.*requests: 3, clients: 1/ })
  t.match(await run('waf report'), {
    text: /exclusions:\n {6}- \{ path: .*part: "query", parameter: "id", rule: "sqli-union-select" \}/,
  })
  t.match(await run('waf rules'), { text: /sqli-union-select +sql_injection +3/ })
  await t.rejects(run('waf test'), /say what to judge/)
})
