import { plugin as errorPages } from '@drawbridge/plugin-error-pages'
import { plugin as limits } from '@drawbridge/plugin-limits'
import { plugin as tracing } from '@drawbridge/plugin-tracing'
import t from 'tap'
import {
  makeBackend,
  makePlugin,
  type PluginSetting,
  sendRaw,
  startBackend,
  startGateway,
  startRawBackend,
  type Teardown,
} from '../support/fixtures.ts'

const MEGABYTE = 1024 ** 2
const ID = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/

t.test('shows both sizes to a client whose upload is too large, and the id that the answer carries', async (t) => {
  const { ask } = await startPages(t, { limits: { max_request_body: '1mb' } })
  const page = await ask('POST / HTTP/1.1', `Content-Length: ${2 * MEGABYTE}`, 'Accept: text/html')
  t.match(page, /^HTTP\/1\.1 413 /)
  t.match(page, '<p>Maximum allowed size: 1 MB</p>\n<p>Your request size: 2 MB</p>')
  t.equal(/Request ID: (\S+)<\/p>/.exec(page)?.[1], /x-request-id: (\S+)/i.exec(page)?.[1])
  t.match(/Request ID: (\S+)<\/p>/.exec(page)?.[1], ID)
  const problem = await ask('POST / HTTP/1.1', `Content-Length: ${2 * MEGABYTE}`, 'Accept: application/json')
  t.match(bodyOf(problem), `"max_size":${MEGABYTE},"request_size":${2 * MEGABYTE}`)
})

t.test('says "more than" for a chunked upload that was not read to its end', async (t) => {
  const { port } = await startPages(t, { limits: { max_request_body: 1024 } })
  const head = 'POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\nAccept-Language: de\r\n\r\n'
  const answer = await sendRaw(port, `${head}401\r\n${'a'.repeat(1025)}\r\n`)
  t.match(answer, /^HTTP\/1\.1 413 /)
  t.match(utf8(answer), 'Erlaubte Größe: 1 KB\nGröße der Anfrage: mehr als 1 KB\n')
})

t.test('tells sizes of URL and headers that are too large', async (t) => {
  const { ask } = await startPages(t, { limits: { max_url: 2048, max_request_headers: 2048, max_header_count: 6 } })
  t.match(await ask(`GET /${'a'.repeat(3071)} HTTP/1.1`), 'size: 2 KB\nYour request size: 3 KB\n')
  t.match(
    await ask('GET / HTTP/1.1', `X: ${'a'.repeat(4000)}`),
    /431 .+[\s\S]+size: 2 KB\nYour request size: 3\.9\d KB/,
  )
  const many = await ask('GET / HTTP/1.1', 'X: 1', 'X: 2', 'X: 3', 'X: 4', 'Accept: application/json')
  t.match(bodyOf(many), '"max_count":6,"request_count":7')
})

t.test('names neither the backend nor the client nor what they said', async (t) => {
  const { ask, log } = await startPages(t, { backend: 'http://127.0.0.1:9' })
  for (const accept of ['text/html', 'application/json', '*/*']) {
    const answer = await ask('GET /private/path?token=s3cret HTTP/1.1', `Accept: ${accept}`)
    t.match(answer, /^HTTP\/1\.1 502 /)
    t.notMatch(answer, /127\.0\.0\.1|ECONNREFUSED|DRAWBRIDGE|a\.test|private|s3cret/)
  }
  t.match(log.lines[0]?.facts, { code: 'DRAWBRIDGE_CORE_UPSTREAM_UNREACHABLE' })
})

t.test('answers for unknown hosts and broken requests without reflecting them', async (t) => {
  const { port } = await startPages(t, {})
  const evil = '<script>alert(1)</script>'
  const send = (target: string, host: string) =>
    sendRaw(port, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nAccept: text/html\r\nConnection: close\r\n\r\n`)
  for (const [target, host, status] of [
    ['/', 'unknown.test', 404],
    [`/${evil}`, 'unknown.test', 404],
    [`/../${evil}`, 'a.test', 400],
    ['/', evil, 400],
  ] as const) {
    const answer = await send(target, host)
    t.match(answer, new RegExp(`^HTTP/1.1 ${status} `))
    t.match(answer, `<h1>${status} `)
    t.notMatch(answer, /unknown\.test|<script|alert/)
  }
})

t.test('answers HEAD and upgrade requests', async (t) => {
  const { ask } = await startPages(t, { backend: 'http://127.0.0.1:9' })
  const head = await ask('HEAD / HTTP/1.1', 'Accept: text/html')
  t.match(head, /^HTTP\/1\.1 502 [\s\S]+content-type: text\/html; charset=utf-8\r\n/)
  t.match(head, /\r\n\r\n$/)
  const upgrade = ['Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGVzdA==']
  t.match(await ask('GET / HTTP/1.1', ...upgrade), /^HTTP\/1\.1 502 [\s\S]+\r\n\r\n502 Bad Gateway\n/)
})

t.test("passes a backend's own errors untouched unless told to intercept them", async (t) => {
  const { url } = await startBackend(t, (request, response) => {
    const status = Number(request.url?.slice(1))
    response
      .writeHead(status, { 'retry-after': '60', 'set-cookie': 'a=b', server: 'secret/1.0' })
      .end('from the backend')
  })
  const own = await startPages(t, { backend: url })
  t.match(await own.ask('GET /502 HTTP/1.1'), /^HTTP\/1\.1 502 [\s\S]+from the backend$/)
  const { ask } = await startPages(t, { backend: url, pages: { intercept: [503, '404', '5xx'] } })
  for (const [status, isOurs] of [
    [200, false],
    [403, false],
    [404, true],
    [500, true],
    [502, true],
    [503, true],
  ] as const) {
    const answer = await ask(`GET /${status} HTTP/1.1`)
    t.match(answer, new RegExp(`^HTTP/1.1 ${status} `), 'the status stays')
    t.equal(answer.includes('from the backend'), !isOurs, String(status))
    t.equal(answer.includes('secret/1.0'), !isOurs)
    if (isOurs) t.match(answer, /retry-after: 60[\s\S]+Please try again in 60 seconds\./)
  }
})

t.test('keeps what an intercepted answer tells programs about signing in', async (t) => {
  const { url } = await startBackend(t, (_request, response) => {
    response.writeHead(401, ['WWW-Authenticate', 'Basic realm="a"', 'WWW-Authenticate', 'Bearer']).end()
  })
  const { ask } = await startPages(t, { backend: url, pages: { intercept: [401] } })
  t.match(await ask('GET / HTTP/1.1'), /www-authenticate: Basic realm="a"\r\nwww-authenticate: Bearer\r\n/i)
})

t.test('is not shown when bytes have gone out already', async (t) => {
  const { url } = await startRawBackend(t, (socket) => {
    socket.once('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n${'a'.repeat(50_000)}`)
      setImmediate(() => socket.destroy())
    })
  })
  const { ask } = await startPages(t, { backend: url })
  const answer = await ask('GET / HTTP/1.1')
  t.match(answer, /^HTTP\/1\.1 200 /)
  t.notMatch(answer, '502')
})

t.test('answers 500 to a plugin that breaks, and core logs it once', async (t) => {
  const broken = makePlugin({
    name: 'broken',
    phase: 'guard',
    wire(app) {
      app.addHook('onRequest', (_request, _reply, done) => done(new TypeError('cannot read 10.0.0.5')))
    },
  })
  const { ask, log } = await startPages(t, {}, [[broken]])
  const answer = await ask('GET / HTTP/1.1')
  t.match(answer, /^HTTP\/1\.1 500 [\s\S]+500 Internal Server Error\n/)
  t.notMatch(answer, '10.0.0.5')
  t.equal(log.lines.length, 1)
  t.match(log.lines, [
    { level: 'error', facts: { request_id: ID, host: 'a.test', err: { message: 'cannot read 10.0.0.5' } } },
  ])
})

t.test("serves a route's own page, with the name of the route", async (t) => {
  const folder = t.testdir({ '5xx.html': '<b>{{.Status}} {{.Host}} {{.RequestID}}</b>' })
  const pages = { pages: { '5xx': `${folder}/5xx.html` } }
  const { ask } = await startPages(t, { backend: 'http://127.0.0.1:9', pages })
  t.match(bodyOf(await ask('GET / HTTP/1.1', 'Accept: text/html')), new RegExp(`^<b>502 a\\.test ${ID.source}</b>$`))
})

interface Setting {
  readonly backend?: string
  readonly limits?: Readonly<Record<string, unknown>>
  readonly pages?: Readonly<Record<string, unknown>>
}

async function startPages(t: Teardown, setting: Setting, more: readonly PluginSetting[] = []) {
  const backend = setting.backend ?? (await startBackend(t, (_request, response) => response.end('ok'))).url
  const { port, log } = await startGateway(t, {
    routes: { 'a.test': { backend: makeBackend(backend) } },
    plugins: [[tracing], [limits, setting.limits ?? {}], ...more, [errorPages, setting.pages ?? {}]],
  })
  const ask = (line: string, ...headers: string[]) => {
    const connection = headers.some((header) => header.startsWith('Upgrade')) ? 'Upgrade' : 'close'
    return sendRaw(port, `${[line, 'Host: a.test', `Connection: ${connection}`, ...headers].join('\r\n')}\r\n\r\n`)
  }
  return { port, log, ask }
}

function bodyOf(answer: string): string {
  return answer.slice(answer.indexOf('\r\n\r\n') + 4)
}

/** Raw answers are read as latin1. */
function utf8(answer: string): string {
  return Buffer.from(answer, 'latin1').toString('utf8')
}
