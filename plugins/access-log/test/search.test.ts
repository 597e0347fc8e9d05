import type { RequestEntry } from '@drawbridge/plugin-kit'
import t from 'tap'
import { END, makeEntry } from './support/entry.ts'
import { buildLogApp } from './support/log-app.ts'

const MINUTE_MS = 60_000

/** Told apart by their paths; each a minute older than the one before. */
const ENTRIES: readonly RequestEntry[] = [
  makeEntry({ path: '/a', status: 200, requestId: 'id-of-request-a' }),
  makeEntry({ path: '/b', status: 502, cause: 'DRAWBRIDGE_UPSTREAM_REFUSED', client: '198.51.100.xxx' }),
  makeEntry({ path: '/c', status: 503, method: 'POST', durationMs: 4000, client: '2001:db8:1:2:xxxx:xxxx:xxxx:xxxx' }),
  makeEntry({ path: '/api/d', status: 404, routeId: 2, routeHost: 'vault.test', host: 'vault.test' }),
  makeEntry({ path: '/api/E_e', status: 404, host: 'www.panel.test', client: '203.0.113.xxx', pseudonym: '' }),
  makeEntry({
    path: '/f%',
    status: 200,
    pseudonym: 'zzzzzzzzzzzzzzzz',
    client: '2001:db8:9::',
    routeId: 0,
    routeHost: '',
    host: 'evil.test',
  }),
].map((entry, index) => ({ ...entry, time: END - index * MINUTE_MS }))

const SEARCHES = [
  ['', '/a /b /c /api/d /api/E_e /f%'],
  ['request_id=id-of-request-a', '/a'],
  ['request_id=unknown', ''],
  ['status=404', '/api/d /api/E_e'],
  ['status_class=5xx', '/b /c'],
  ['method=POST', '/c'],
  ['min_duration_ms=4000', '/c'],
  ['cause=DRAWBRIDGE_UPSTREAM_REFUSED', '/b'],
  ['host=vault.test', '/api/d'],
  ['host=panel.test', '/a /b /c'],
  ['host=WWW.panel.test', '/api/E_e'],
  ['host=evil.test', '/f%'],
  ['path_prefix=/api/', '/api/d /api/E_e'],
  ['path_contains=e_E', '/api/E_e'],
  ['path_contains=%25', '/f%'],
  ['path_contains=_', '/api/E_e'],
  ['client=203.0.113.xxx', '/a /api/d /api/E_e'],
  ['client=zzzzzzzzzzzzzzzz', '/f%'],
  ['client=203.0.113.0/24', '/a /api/d /api/E_e'],
  ['client=203.0.113.64/26', '/a /api/d /api/E_e'],
  ['client=203.0.0.0/17', '/a /api/d /api/E_e'],
  ['client=192.0.0.0/4', '/a /b /api/d /api/E_e'],
  ['client=203.0.112.0/24', ''],
  ['client=2001:db8:1::/48', '/c'],
  ['client=2001:db8::/32', '/c /f%'],
  ['client=::/0', '/c /f%'],
  ['client=203.0.113.7', '/a /api/E_e'],
  ['since=90s', '/a /b'],
  ['until=2026-11-22T17:57:00Z', '/api/d /api/E_e /f%'],
  ['since=1795370160&until=1795370280', '/c /api/d /api/E_e'],
  ['status_class=4xx&host=vault.test&since=1h', '/api/d'],
] as const

t.test('finds requests by', async (t) => {
  const pseudonyms = {
    of: () => '',
    days: () => [],
    allOf: (ip: string) => (ip === '203.0.113.7' ? ['other', ENTRIES[0]?.pseudonym ?? ''] : []),
    forget: async () => 0,
  }
  const { record, get } = buildLogApp(t, { pseudonyms, redactor: maskingRedactor() })
  // The pseudonym of one client only.
  await record(
    ENTRIES.map((entry) =>
      entry.path === '/a' || entry.path === '/f%' || entry.pseudonym === ''
        ? entry
        : { ...entry, pseudonym: 'another-one-here' },
    ),
  )
  for (const [query, expected] of SEARCHES) {
    await t.test(query || 'nothing', async (t) => {
      const { status, body } = await get(`/api/logs?${query}`)
      t.equal(status, 200, body.message)
      t.equal(body.logs?.map(({ path }: { path: string }) => path).join(' '), expected)
    })
  }
})

t.test('shows a request with all that is known of it', async (t) => {
  const { record, get } = buildLogApp(t)
  const decisions = [{ by: 'limits', what: 'refused', facts: { max: 5 } }]
  await record([makeEntry({ status: 502, decisions, isAborted: true, userAgent: 'curl/8.5.0' })])
  const { body } = await get('/api/logs/019ab3c4-5d6e-7f80-9abc-000000000001')
  t.match(body.logs, [
    {
      time: '2026-11-22T18:00:00.469Z',
      route: 'panel.test',
      host: 'panel.test',
      status: 502,
      duration_ms: 30,
      wait_ms: 21,
      transfer_ms: 9,
      user_agent_class: 'tool',
      user_agent_family: 'curl',
      is_aborted: true,
      decisions,
    },
  ])
  t.match(body.errors, [{ status: 502, path: '/api/servers/7' }])
  t.match(await get('/api/logs/no-such-id'), { status: 404, body: { code: 'DRAWBRIDGE_ACCESS_LOG_NO_SUCH_REQUEST' } })
})

t.test('lists failures by themselves', async (t) => {
  const { record, get } = buildLogApp(t)
  await record(ENTRIES)
  const { body } = await get('/api/errors?limit=1')
  t.match(body.errors, [{ path: '/b', cause: 'DRAWBRIDGE_UPSTREAM_REFUSED' }])
  t.match((await get(`/api/errors?cursor=${body.next_cursor}`)).body, { errors: [{ path: '/c' }], next_cursor: null })
  t.match((await get('/api/errors?host=vault.test')).body, { errors: [] })
})

t.test('pages stay as they are while requests arrive', async (t) => {
  const { record, get } = buildLogApp(t)
  const sameMoment = (path: string) => makeEntry({ path, time: END })
  await record(['/1', '/2', '/3', '/4', '/5'].map(sameMoment))
  const seen: string[] = []
  let cursor = ''
  for (let page = 0; page < 5; page += 1) {
    const { body } = await get(`/api/logs?limit=2${cursor}`)
    seen.push(...body.logs.map(({ path }: { path: string }) => path))
    await record([sameMoment(`/new-${page}`)])
    if (body.next_cursor === null) break
    cursor = `&cursor=${body.next_cursor}`
  }
  t.strictSame(seen, ['/5', '/4', '/3', '/2', '/1'])
})

t.test('says what is wrong with a search', async (t) => {
  const { get } = buildLogApp(t)
  t.match(await get('/api/logs?since=yesterday'), { status: 400, body: { message: /since: "yesterday" is no time/ } })
  t.match(await get('/api/logs?client=203.0.113.0/33'), { status: 400, body: { message: /no network/ } })
  t.match(await get('/api/logs?client=x/8'), { status: 400 })
  t.match(await get('/api/logs?limit=201'), { status: 400 })
  t.match(await get('/api/logs?cursor=x'), { status: 400 })
})

t.test('says so when the database is away', async (t) => {
  const storage = { ...(await import('@drawbridge/plugin-kit')).noStorage }
  const { get } = buildLogApp(t, { storage })
  t.match(await get('/api/logs'), { status: 503, body: { code: 'DRAWBRIDGE_ACCESS_LOG_SEARCH_FAILED' } })
})

function maskingRedactor() {
  const same = (text: string) => text
  const address = (ip: string) => ip.replace(/\.\d+$/, '.xxx')
  return {
    address,
    parsableAddress: same,
    pseudonym: () => '',
    path: same,
    query: same,
    referrer: same,
    header: (_: string, value: string) => value,
    text: same,
  }
}
