import t from 'tap'
import { makeEntry } from './support/entry.ts'
import { buildLogApp } from './support/log-app.ts'

t.test('a request becomes a row with all that is known of it', async (t) => {
  const { record, storage } = buildLogApp(t)
  const decisions = [{ by: 'limits', what: 'refused', facts: { max: 5 } }]
  await record([
    makeEntry({
      query: 'a=1',
      attempts: 3,
      country: 'DE',
      referrer: 'https://a.test/',
      cause: 'X',
      upgrade: 'websocket',
      decisions,
    }),
  ])
  const [row] = await storage.all('SELECT * FROM request_logs')
  t.match(row, {
    timestamp: 1795370400,
    time_ms: 469,
    request_id: '019ab3c4-5d6e-7f80-9abc-000000000001',
    route_id: 1,
    host: null,
    path: '/api/servers/7',
    query: 'a=1',
    status: 200,
    duration_ms: 30,
    wait_ms: 21,
    bytes_sent: 1234,
    client: '203.0.113.xxx',
    user_agent_class: 'browser/Firefox',
    retry_count: 2,
    cause: 'X',
    country: 'DE',
    upstream: 'http://10.0.0.5:8080',
    details: JSON.stringify({ decisions, upgrade: 'websocket' }),
  })
})

t.test('failures of gateway and backend are in error_logs too, other answers are not', async (t) => {
  const { record, storage } = buildLogApp(t)
  await record([
    makeEntry({ status: 502, cause: 'DRAWBRIDGE_UPSTREAM_REFUSED', path: '/a' }),
    makeEntry({ status: 500, path: '/b' }),
    makeEntry({ status: 413, cause: 'DRAWBRIDGE_LIMITS_BODY_TOO_LARGE', path: '/c' }),
    makeEntry({ status: 404, path: '/d' }),
    makeEntry({ status: 0, isAborted: true, path: '/e' }),
  ])
  t.strictSame(await storage.all('SELECT path, status, cause FROM error_logs ORDER BY id'), [
    { path: '/a', status: 502, cause: 'DRAWBRIDGE_UPSTREAM_REFUSED' },
    { path: '/b', status: 500, cause: null },
    { path: '/c', status: 413, cause: 'DRAWBRIDGE_LIMITS_BODY_TOO_LARGE' },
  ])
  t.strictSame(await storage.all("SELECT status FROM request_logs WHERE path = '/e'"), [{ status: 499 }])
})

t.test('the host is repeated only where it is not the name of the route', async (t) => {
  const { record, storage } = buildLogApp(t)
  await record([makeEntry(), makeEntry({ host: 'www.panel.test' }), makeEntry({ routeId: 0, routeHost: '', host: '' })])
  t.strictSame(await storage.all('SELECT host FROM request_logs ORDER BY id'), [
    { host: null },
    { host: 'www.panel.test' },
    { host: '' },
  ])
})

t.test('long and broken texts are stored, cut', async (t) => {
  const { record, storage } = buildLogApp(t)
  const long = 'x'.repeat(65_536)
  const decisions = [{ by: 'waf', what: long }]
  await record([
    makeEntry({
      path: `/${long}`,
      query: long,
      userAgent: `\ud800\u0000${long}`,
      referrer: long,
      host: long,
      decisions,
      isAborted: true,
    }),
  ])
  const [row] = await storage.all(
    'SELECT length(path) p, length(query) q, length(CAST(user_agent AS BLOB)) u, length(referrer) r, length(host) h, details FROM request_logs',
  )
  t.match(row, { p: 2048, q: 2048, r: 1024, h: 253, details: '{"aborted":true}' })
  t.ok(Number(row?.u) < 600)
})
