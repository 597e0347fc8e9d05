import type { RequestRecord } from '@drawbridge/plugin-kit'
import { plugin as tracing } from '@drawbridge/plugin-tracing'
import t from 'tap'
import { request } from 'undici'
import {
  echoListener,
  makePlugin,
  type PluginSetting,
  sendRaw,
  startBackend,
  startGateway,
  startRawBackend,
  type Teardown,
} from '../support/fixtures.ts'

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = '00f067aa0ba902b7'

t.test('gives backend, client and log one id', async (t) => {
  const { url, port, log, records } = await startTraced(t)
  const { seen, headers } = await get(url)
  t.match(headers['x-request-id'], UUID_V7)
  t.strictSame(values(seen, 'x-request-id'), [headers['x-request-id']])

  const refused = await sendRaw(port, 'GET / HTTP/1.1\r\nHost: down.test\r\nConnection: close\r\n\r\n')
  const id = records.at(-1)?.requestId ?? ''
  t.match(refused, /^HTTP\/1\.1 502 /)
  t.match(refused, new RegExp(`x-request-id: ${id}`, 'i'))
  t.match(refused, `Request ID: ${id}`, 'the error page names it')
  t.match(log.lines.at(-1)?.facts, { request_id: id, host: 'down.test' })
})

t.test('gives an id to unknown hosts and to requests that core refuses', async (t) => {
  const { port } = await startTraced(t)
  const idOf = (text: string) => /x-request-id: (\S+)/i.exec(text)?.[1] ?? ''
  const unknown = await sendRaw(port, 'GET / HTTP/1.1\r\nHost: other.test\r\nConnection: close\r\n\r\n')
  t.match(unknown, /^HTTP\/1\.1 404 /)
  t.match(idOf(unknown), UUID_V7)
  const refused = await sendRaw(port, 'GET /../x HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
  t.match(refused, /^HTTP\/1\.1 400 /)
  t.match(idOf(refused), UUID_V7)
})

t.test("replaces a stranger's id; it reaches neither backend nor answer nor log", async (t) => {
  const { url, log, records } = await startTraced(t)
  const { seen, headers, text } = await get(url, {
    'X-Request-ID': 'made-up-by-a-stranger',
    'x-request-id': 'twice-even',
  })
  t.match(headers['x-request-id'], UUID_V7)
  t.strictSame(values(seen, 'x-request-id'), [headers['x-request-id']])
  t.notMatch(text + JSON.stringify(headers) + JSON.stringify(log.lines), /stranger|twice-even/)
  t.match(records[0]?.decisions, [{ by: 'tracing', what: 'request-id-replaced', facts: { reason: 'untrusted' } }])
})

t.test('takes over the id of a trusted proxy, unless it is not fit for logs', async (t) => {
  const { url } = await startTraced(t, { trusted: true })
  const accepted = await get(url, { 'x-request-id': 'edge-0190.AZ_az' })
  t.equal(accepted.headers['x-request-id'], 'edge-0190.AZ_az')
  t.strictSame(values(accepted.seen, 'x-request-id'), ['edge-0190.AZ_az'])
  for (const bad of ['short', 'x'.repeat(129), 'with blanks in it', 'quote"quote"', 'twice, twice']) {
    const { seen, headers } = await get(url, { 'x-request-id': bad })
    t.match(headers['x-request-id'], UUID_V7, bad)
    t.strictSame(values(seen, 'x-request-id'), [headers['x-request-id']])
  }
})

t.test("takes the place of the backend's own id, unless answers are to be left alone", async (t) => {
  const backend = await startBackend(t, (_request, response) => {
    response.setHeader('X-Request-Id', 'of-the-backend').end('ok')
  })
  const routes = { 'a.test': backend.url }
  const standard = await startGateway(t, { routes, plugins: [[tracing]] })
  t.match((await get(standard.url)).headers['x-request-id'], UUID_V7)
  const silent = await startGateway(t, { routes, plugins: [[tracing, { response_header: false }]] })
  t.equal((await get(silent.url)).headers['x-request-id'], 'of-the-backend')
})

t.test('uses the header that the options name, and leaves the usual one alone', async (t) => {
  const { url } = await startTraced(t, { options: { header: 'X-Correlation-ID' } })
  const { seen, headers } = await get(url, { 'x-request-id': 'passes', 'x-correlation-id': 'is-replaced' })
  t.match(headers['x-correlation-id'], UUID_V7)
  t.strictSame(values(seen, 'x-correlation-id'), [headers['x-correlation-id']])
  t.strictSame(values(seen, 'x-request-id'), ['passes'])
})

t.test('keeps the id when the request is sent to the backend a second time', async (t) => {
  const ids: string[] = []
  let connections = 0
  const backend = await startRawBackend(t, (socket) => {
    connections += 1
    let requests = 0
    socket.on('data', (data) => {
      requests += 1
      ids.push(/x-request-id: (\S+)/i.exec(data.toString('latin1'))?.[1] ?? '')
      if (connections === 1 && requests === 2) socket.destroy()
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
  })
  const { url } = await startGateway(t, { routes: { 'a.test': backend.url }, plugins: [[tracing]] })
  await get(url)
  const { headers } = await get(url)
  t.equal(ids.length, 3)
  t.strictSame(ids.slice(1), [headers['x-request-id'], headers['x-request-id']])
  t.not(ids[0], ids[1])
})

t.test('stands in the answer to an upgrade, and in the request for it', async (t) => {
  let sent = ''
  const backend = await startRawBackend(t, (socket) => {
    socket.once('data', (data) => {
      sent = data.toString('latin1')
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Request-ID: no\r\n\r\n',
      )
    })
  })
  const { port } = await startGateway(t, { routes: { 'a.test': backend.url }, plugins: [[tracing]] })
  const head =
    'GET / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nX-Request-ID: a-stranger\r\n\r\n'
  const answer = await sendRaw(port, head, /\r\n\r\n/)
  const ids = [...`${sent}${answer}`.matchAll(/x-request-id: (\S+)/gi)].map(([, id]) => id)
  t.match(answer, /^HTTP\/1\.1 101 /)
  t.equal(ids.length, 2)
  t.match(ids[0], UUID_V7)
  t.equal(ids[0], ids[1])
})

t.test('continues traces with a parent id of its own and passes tracestate on', async (t) => {
  const { url } = await startTraced(t)
  const { seen } = await get(url, {
    traceparent: `00-${TRACE}-${PARENT}-01`,
    tracestate: ['vendor=1, other=2', 'third=3'],
  })
  const [traceparent = '', ...more] = values(seen, 'traceparent')
  t.match(traceparent, new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`))
  t.notMatch(traceparent, PARENT)
  t.strictSame(more, [])
  t.strictSame(values(seen, 'tracestate'), ['vendor=1, other=2, third=3'])
})

t.test('starts afresh, without tracestate, where a trace cannot be continued', async (t) => {
  const { url, records } = await startTraced(t)
  const good = `00-${TRACE}-${PARENT}-01`
  for (const traceparent of [`00-${TRACE.toUpperCase()}-${PARENT}-01`, `${good}x`, 'nonsense', [good, good]]) {
    const { seen } = await get(url, { traceparent, tracestate: 'vendor=1' })
    const sent = values(seen, 'traceparent')
    t.equal(sent.length, 1)
    t.match(sent[0], /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)
    t.notMatch(sent[0], TRACE)
    t.strictSame(values(seen, 'tracestate'), [])
    t.match(records.at(-1)?.decisions, [{ what: 'trace-restarted', facts: { reason: 'malformed' } }])
  }
})

t.test('leaves the start of a trace to the backend', async (t) => {
  const { url } = await startTraced(t)
  const { seen } = await get(url, { tracestate: 'vendor=1' })
  t.strictSame(values(seen, 'traceparent'), [])
  t.strictSame(values(seen, 'tracestate'), [], 'means nothing without a traceparent')
})

t.test('drops a tracestate that is too long or not text, not the trace', async (t) => {
  const { url } = await startTraced(t)
  const traceparent = `00-${TRACE}-${PARENT}-00`
  const longest = `a=${'x'.repeat(510)}`
  t.strictSame(values((await get(url, { traceparent, tracestate: longest })).seen, 'tracestate'), [longest])
  for (const tracestate of [`${longest}x`, 'a=\xe9']) {
    const { seen } = await get(url, { traceparent, tracestate })
    t.match(values(seen, 'traceparent')[0], TRACE)
    t.strictSame(values(seen, 'tracestate'), [])
  }
})

t.test('can keep traces to trusted proxies, or out of it', async (t) => {
  const sent = { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: 'vendor=1' }
  const options = { accept_traceparent: 'trusted' }
  const stranger = await get((await startTraced(t, { options })).url, sent)
  t.match(values(stranger.seen, 'traceparent')[0], /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)
  t.notMatch(values(stranger.seen, 'traceparent')[0], TRACE)
  t.strictSame(values(stranger.seen, 'tracestate'), [])
  const friend = await get((await startTraced(t, { options, trusted: true })).url, sent)
  t.match(values(friend.seen, 'traceparent')[0], TRACE)
  const off = await get((await startTraced(t, { options: { traceparent: false } })).url, sent)
  t.strictSame(values(off.seen, 'traceparent'), [sent.traceparent], 'off: passes unread')
})

t.test('refuses a header that means something else', async (t) => {
  const check = (header: string) =>
    tracing.check?.({
      header,
      accept_from_trusted: true,
      response_header: true,
      traceparent: true,
      accept_traceparent: 'any',
    })
  t.match(check('Content-Length'), [{ severity: 'error', path: ['header'] }])
  t.strictSame(check('X-Request-ID'), [])
})

interface Seen {
  readonly rawHeaders: readonly string[]
}

async function get(
  url: string,
  headers: Record<string, string | string[]> = {},
): Promise<{ seen: Seen; text: string; headers: Record<string, unknown> }> {
  const response = await request(url, { headers: { host: 'a.test', ...headers } })
  const text = await response.body.text()
  return { seen: text.startsWith('{') ? JSON.parse(text) : { rawHeaders: [] }, text, headers: response.headers }
}

function values({ rawHeaders }: Seen, lower: string): string[] {
  return rawHeaders.filter((_value, index) => rawHeaders[index - 1]?.toLowerCase() === lower && index % 2 === 1)
}

async function startTraced(
  t: Teardown,
  { trusted = false, options = {} }: { trusted?: boolean; options?: object } = {},
) {
  const backend = await startBackend(t, echoListener)
  const records: RequestRecord[] = []
  const probe = makePlugin({
    name: 'probe',
    wire: (_app, _options, host) => host.onFinish((record) => records.push(record)),
  })
  const plugins: PluginSetting[] = [[tracing, options as Record<string, unknown>], [probe]]
  const started = await startGateway(t, {
    routes: { 'a.test': backend.url, 'down.test': 'http://127.0.0.1:1' },
    plugins,
    config: { trustedProxies: trusted ? ['127.0.0.1'] : [] },
  })
  return { ...started, records }
}
