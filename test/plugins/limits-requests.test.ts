import { connect, type Socket } from 'node:net'
import { plugin as limits } from '@drawbridge/plugin-limits'
import t from 'tap'
import {
  echoListener,
  sendRaw,
  startBackend,
  startGateway,
  startRawBackend,
  type Teardown,
} from '../support/fixtures.ts'

const KILOBYTE = 1024

t.test('passes declared and chunked bodies of exactly the limit', async (t) => {
  const { port } = await startLimited(t, { max_request_body: 1000 })
  const declared = await sendRaw(port, `${head('Content-Length: 1000', 'Connection: close')}${'a'.repeat(1000)}`)
  t.match(declared, /^HTTP\/1\.1 200 /)
  t.match(declared, `"body":"${'a'.repeat(1000)}"`)
  const chunks = `${chunk('a'.repeat(600))}${chunk('a'.repeat(400))}0\r\n\r\n`
  const chunked = await sendRaw(port, head('Transfer-Encoding: chunked', 'Connection: close') + chunks)
  t.match(chunked, /^HTTP\/1\.1 200 /)
  t.match(chunked, `"body":"${'a'.repeat(1000)}"`)
})

t.test('refuses a declared body one byte over the limit before a backend is asked', async (t) => {
  const { port, backend } = await startLimited(t, { max_request_body: 1000 })
  const answer = await sendRaw(port, `${head('Content-Length: 1001')}${'a'.repeat(1001)}`)
  t.match(answer, /^HTTP\/1\.1 413 /)
  t.match(answer, /connection: close/i)
  t.equal(backend.connections, 0)
})

t.test('answers 413 instead of 100 Continue', async (t) => {
  const { port, backend } = await startLimited(t, { max_request_body: 1000 })
  const answer = await sendRaw(port, head('Content-Length: 1001', 'Expect: 100-continue'))
  t.match(answer, /^HTTP\/1\.1 413 /)
  t.equal(backend.connections, 0)
  const allowed = await sendRaw(port, head('Content-Length: 1000', 'Expect: 100-continue'), /100 Continue/)
  t.match(allowed, /^HTTP\/1\.1 100 Continue/)
})

t.test('refuses a chunked body one byte over the limit and ends the conversation with the backend', async (t) => {
  const closed = Promise.withResolvers<string>()
  const raw = await startRawBackend(t, (socket) => {
    let seen = ''
    socket.on('data', (bytes) => (seen += bytes))
    socket.on('close', () => closed.resolve(seen))
  })
  const { port, log } = await startGateway(t, {
    routes: { 'a.test': raw.url },
    plugins: [[limits, { max_request_body: 1000 }]],
  })
  const chunks = chunk('a'.repeat(600)) + chunk('b'.repeat(401))
  const answer = await sendRaw(port, head('Transfer-Encoding: chunked') + chunks)
  t.match(answer, /^HTTP\/1\.1 413 /)
  const seen = await closed.promise
  t.match(seen, /^POST \/ HTTP\/1\.1\r\n/)
  t.notMatch(seen, /\r\n0\r\n\r\n$/, 'the backend does not take the part for the whole')
  t.notMatch(seen, 'bbb', 'nor does it get what is over')
  t.match(log.lines, [{ facts: { code: 'DRAWBRIDGE_LIMITS_BODY_TOO_LARGE' } }])
})

// A client that writes its whole body before it reads: browsers and many libraries do.
for (const [framing, headerLine] of [
  ['declared', `Content-Length: ${8 * KILOBYTE * KILOBYTE}`],
  ['chunked', 'Transfer-Encoding: chunked'],
] as const) {
  t.test(`lets a client that only reads after sending all of a ${framing} body see the 413`, async (t) => {
    const { port } = await startLimited(t, { max_request_body: 64 * KILOBYTE })
    const socket = connect(port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    const failure = Promise.withResolvers<never>()
    socket.on('error', failure.reject)
    socket.pause()
    socket.write(head(headerLine))
    const block = Buffer.alloc(64 * KILOBYTE, 'a')
    for (let sent = 0; sent < 128; sent += 1) {
      if (framing === 'chunked') socket.write(`${block.length.toString(16)}\r\n`)
      const isReady = socket.write(block)
      if (framing === 'chunked') socket.write('\r\n')
      if (!isReady) await Promise.race([drained(socket), failure.promise])
    }
    const answer = await Promise.race([readAll(socket), failure.promise])
    t.match(answer, /^HTTP\/1\.1 413 /)
    t.match(answer, /connection: close/i)
  })
}

t.test("lets a client that is still sending see a backend's early answer", async (t) => {
  const { url } = await startBackend(t, (_request, response) => response.writeHead(401).end('who are you?'))
  const { port } = await startGateway(t, { routes: { 'a.test': url }, plugins: [[limits]] })
  const bytes = 8 * KILOBYTE * KILOBYTE
  const answer = await sendRaw(
    port,
    Buffer.concat([Buffer.from(head(`Content-Length: ${bytes}`)), Buffer.alloc(bytes)]),
  )
  t.match(answer, /^HTTP\/1\.1 401 [\s\S]+who are you\?/)
})

t.test('gives a path its own limit, however the path is written', async (t) => {
  const { port } = await startLimited(t, {
    max_request_body: 10,
    paths: [{ path: '/upload/*', max_request_body: 100 }],
  })
  const body = 'a'.repeat(50)
  const rest = `Host: a.test\r\nContent-Length: 50\r\nConnection: close\r\n\r\n${body}`
  for (const [target, status] of [
    ['/upload/file', 200],
    ['/UPLOAD//file', 200],
    ['/%75pload/x', 200],
    ['/upload/../api', 413],
    ['/uploads', 413],
  ] as const) {
    t.match(await sendRaw(port, `POST ${target} HTTP/1.1\r\n${rest}`), new RegExp(`^HTTP/1.1 ${status} `), target)
  }
})

t.test('refuses a long URL with 414, and large or many headers with 431', async (t) => {
  const { port, backend } = await startLimited(t, { max_url: 100, max_request_headers: 2000, max_header_count: 5 })
  const get = (target: string, ...lines: string[]) =>
    sendRaw(port, `GET ${target} HTTP/1.1\r\n${['Host: a.test', 'Connection: close', ...lines].join('\r\n')}\r\n\r\n`)
  t.match(await get(`/${'a'.repeat(100)}`), /^HTTP\/1\.1 414 /)
  t.match(await get('/', `X-Large: ${'a'.repeat(2000)}`), /^HTTP\/1\.1 431 /)
  t.match(await get('/', 'X-1: 1', 'X-2: 2', 'X-3: 3', 'X-4: 4'), /^HTTP\/1\.1 431 /)
  t.equal(backend.connections, 0)
  t.match(await get(`/${'a'.repeat(99)}`, `X-Large: ${'a'.repeat(1900)}`, 'X-2: 2', 'X-3: 3'), /^HTTP\/1\.1 200 /)
})

t.test('holds for upgrade requests and for unknown hosts', async (t) => {
  const { port, backend } = await startLimited(t, { max_url: 20 })
  const target = `/${'a'.repeat(20)}`
  const upgrade =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGVzdA==\r\n\r\n'
  t.match(await sendRaw(port, `GET ${target} HTTP/1.1\r\nHost: a.test\r\n${upgrade}`), /^HTTP\/1\.1 414 /)
  const unknown = `GET ${target} HTTP/1.1\r\nHost: other.test\r\nConnection: close\r\n\r\n`
  t.match(await sendRaw(port, unknown), /^HTTP\/1\.1 414 /)
  t.equal(backend.connections, 0)
})

function head(...lines: string[]): string {
  return `POST / HTTP/1.1\r\n${['Host: a.test', ...lines].join('\r\n')}\r\n\r\n`
}

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('drain', resolve))
}

async function readAll(socket: Socket): Promise<string> {
  let text = ''
  for await (const bytes of socket) text += bytes
  return text
}

/** A gateway with limits before a backend that counts the connections it gets. */
async function startLimited(t: Teardown, options: Readonly<Record<string, unknown>>) {
  const backend = { connections: 0 }
  const { url } = await startBackend(t, (request, response) => {
    backend.connections += 1
    // An aborted body rejects: that is what some of these tests are about.
    echoListener(request, response).catch(() => response.destroy())
  })
  const gateway = await startGateway(t, { routes: { 'a.test': url }, plugins: [[limits, options]] })
  return { ...gateway, backend }
}
