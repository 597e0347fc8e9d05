import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { RequestRecord } from '@drawbridge/plugin-kit'
import t from 'tap'
import {
  echoListener,
  makePlugin,
  sendRaw,
  startBackend,
  startGateway,
  startRawBackend,
} from '../../../test/support/fixtures.ts'
import { openClient, requestText } from './raw-client.ts'
import { untilStill } from './still.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const UPGRADE = requestText('GET /ws', [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
])

t.test('pipelined requests are served one after the other, answered in order', async (t) => {
  let [running, most] = [0, 0]
  const { url } = await startBackend(t, async (request, response) => {
    running += 1
    most = Math.max(most, running)
    await wait(5)
    running -= 1
    response.end(`<${request.url}>`)
  })
  const { port } = await startGateway(t, { routes: { 'app.test': url } })
  const requests = Array.from({ length: 20 }, (_, i) => requestText(`GET /${i}`)).join('')
  const received = await openClient(t, port, requests).until(/<\/19>/)
  t.same(
    received.match(/<\/\d+>/g),
    Array.from({ length: 20 }, (_, i) => `</${i}>`),
  )
  t.equal(most, 1)
})

t.test('a flood of pipelined requests is not read ahead of their answers', async (t) => {
  const arrived = Promise.withResolvers<void>()
  const { url } = await startRawBackend(t, (socket) => socket.once('data', () => arrived.resolve()))
  const { port } = await startGateway(t, { routes: { 'app.test': url } })
  const client = openClient(t, port)
  const piece = requestText('POST /', ['Content-Length: 1'], 'x').repeat(1000)
  let pieces = 0
  const pump = () => {
    pieces += 1
    if (pieces < 1000) client.socket.write(piece, 'latin1', pump)
  }
  pump()
  await arrived.promise
  await untilStill(() => pieces)
  t.ok(pieces < 300, 'what the sockets hold, and no more')
})

t.test('what follows a request and is no HTTP gets its 400 behind the answer to that request', async (t) => {
  const { url } = await startBackend(t, async (_request, response) => {
    await wait(20)
    response.end('first')
  })
  const { port } = await startGateway(t, { routes: { 'app.test': url } })
  const received = await sendRaw(port, `${requestText('GET /')}GARBAGE\r\n\r\n`)
  t.match(received, /^HTTP\/1\.1 200 [\s\S]*firstHTTP\/1\.1 400 Bad Request\r\nConnection: close\r\n/)
})

t.test('a body that turns bad is answered with 400, and the request at the backend aborted', async (t) => {
  const aborted = Promise.withResolvers<string>()
  const { url } = await startRawBackend(t, (socket) => {
    let seen = ''
    socket.on('data', (chunk: Buffer) => (seen += chunk.toString('latin1')))
    socket.on('close', () => aborted.resolve(seen))
  })
  const { port } = await startGateway(t, { routes: { 'app.test': url } })
  const client = openClient(t, port, requestText('POST /', ['Transfer-Encoding: chunked'], '3\r\nabc\r\n'))
  await wait(20)
  client.write('nonsense\r\n')
  t.match(await client.closed, /^HTTP\/1\.1 400 /)
  t.notMatch(await aborted.promise, /\r\n0\r\n\r\n$/, 'the backend never saw it end')
})

t.test('an upgrade behind a request that still waits is an ordinary request', async (t) => {
  const { url } = await startRawBackend(t, (socket) => socket.on('data', () => socket.write(OK)))
  const { port } = await startGateway(t, { routes: { 'app.test': url } })
  const received = await openClient(t, port, requestText('GET /') + UPGRADE).until(/ok[\s\S]*ok$/)
  t.same(received.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 200'])
})

t.test('nothing behind a refused request is acted on, be it a request or an upgrade', async (t) => {
  const { url } = await startRawBackend(t, () => t.fail('it reached the backend'))
  const { port } = await startGateway(t, { routes: { 'app.test': url } })
  const refused = requestText('GET /..')
  for (const next of [requestText('GET /'), UPGRADE, requestText('GET /') + UPGRADE, 'GARBAGE\r\n\r\n']) {
    const received = await sendRaw(port, refused + next)
    t.same(received.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 400'])
  }
})

t.test('refuses what HTTP forbids and Node lets through', async (t) => {
  const { url } = await startRawBackend(t, () => t.fail('it reached the backend'))
  const { port } = await startGateway(t, { routes: { 'app.test': url, 'other.test': url } })
  const cases: [what: string, bytes: string, status: number][] = [
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['two Hosts', requestText('GET /', ['Host: other.test']), 400],
    ['a list of Hosts', 'GET / HTTP/1.1\r\nHost: app.test, other.test\r\n\r\n', 400],
    ['a Host with user information', 'GET / HTTP/1.1\r\nHost: x@app.test\r\n\r\n', 400],
    ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', 400],
    ['another host in the target', requestText('GET http://other.test/'), 400],
    ['user information in the target', requestText('GET http://x@app.test/'), 400],
    ['another scheme', requestText('GET ftp://app.test/'), 400],
    ['an asterisk', requestText('OPTIONS *'), 400],
    ['a fragment', requestText('GET /#x'), 400],
    ['traversal', requestText('GET /%2e%2e/x'), 400],
    ['a path that does not decode', requestText('GET /%zz'), 400],
    ['CONNECT', 'CONNECT app.test:443 HTTP/1.1\r\nHost: app.test\r\n\r\n', 405],
    ['chunked in HTTP/1.0', 'POST / HTTP/1.0\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['another transfer coding', requestText('POST /', ['Transfer-Encoding: gzip, chunked'], '0\r\n\r\n'), 400],
    ['two codings', requestText('POST /', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']), 400],
    ['an unknown expectation', requestText('POST /', ['Expect: miracle', 'Content-Length: 1'], 'x'), 417],
    ['HTTP/2.0 in the request line', 'GET / HTTP/2.0\r\nHost: app.test\r\n\r\n', 400],
  ]
  for (const [what, bytes, status] of cases) {
    const received = await sendRaw(port, bytes)
    t.equal(Number(received.slice(9, 12)), status, what)
    t.match(received, /\r\nconnection: close\r\n/i, `${what}: and the connection closes`)
  }
})

t.test('an absolute target for the same host is served like its path', async (t) => {
  const { url } = await startBackend(t, echoListener)
  const { port } = await startGateway(t, { routes: { 'app.test': url } })
  for (const { target, path } of [
    { target: 'http://app.test/a?b', path: '/a?b' },
    { target: 'HTTP://APP.test', path: '/' },
    { target: 'https://app.test?b', path: '/?b' },
  ]) {
    const received = await openClient(t, port, requestText(`GET ${target}`)).until(/\}$/)
    t.equal(JSON.parse(received.slice(received.indexOf('{'))).url, path, target)
  }
})

t.test('spellings of a known host reach its route, unknown hosts a plain 404', async (t) => {
  const { url } = await startBackend(t, (_request, response) => response.end('served'))
  const { port } = await startGateway(t, { routes: { 'app.test': url } })
  const ask = (host: string) => sendRaw(port, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  for (const host of ['app.test', 'APP.TEST', 'app.test.', 'app.test:8080']) t.match(await ask(host), /served$/, host)
  for (const host of ['unknown.test', 'xapp.test', 'app.test.evil.test', '127.0.0.1', '[::1]']) {
    const received = await ask(host)
    t.match(received, /^HTTP\/1\.1 404 /, host)
    t.notOk(received.includes(host), 'the answer does not repeat the host')
  }
  t.match(await sendRaw(port, 'GET / HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 404 /, 'HTTP/1.0 needs no Host')
})

t.test('the plugins of the default answer see requests for unknown hosts', async (t) => {
  const seen: RequestRecord[] = []
  const observer = makePlugin({
    name: 'observer',
    wire: (_app, _options, host) => host.onFinish((record) => seen.push(record)),
  })
  const { port } = await startGateway(t, { routes: {}, plugins: [[observer]] })
  await sendRaw(port, 'GET /x HTTP/1.1\r\nHost: unknown.test\r\n\r\n')
  await sendRaw(port, 'GET /y HTTP/1.1\r\n\r\n')
  t.match(seen, [
    { host: 'unknown.test', path: '/x', status: 404, cause: 'DRAWBRIDGE_CORE_UNKNOWN_HOST' },
    { host: '', path: '/y', status: 400, cause: 'DRAWBRIDGE_CORE_BAD_REQUEST' },
  ])
})

t.test('only trusted proxies say who the client is and how it came', async (t) => {
  const seen: RequestRecord[] = []
  const observer = makePlugin({
    name: 'observer',
    wire: (_app, _options, host) => host.onFinish((record) => seen.push(record)),
  })
  const { url } = await startBackend(t, echoListener)
  const claims = [
    'X-Forwarded-For: 198.51.100.1, 203.0.113.7',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Host: outer.test',
  ]
  for (const { trustedProxies, expected, record } of [
    {
      trustedProxies: [],
      expected: { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http', 'x-forwarded-host': 'app.test' },
      record: { clientAddress: '127.0.0.1', scheme: 'http', host: 'app.test' },
    },
    {
      trustedProxies: ['127.0.0.0/8'],
      expected: {
        'x-forwarded-for': '198.51.100.1, 203.0.113.7, 127.0.0.1',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'outer.test',
      },
      record: { clientAddress: '203.0.113.7', scheme: 'https', host: 'app.test' },
    },
  ]) {
    const config = { trustedProxies }
    const { port } = await startGateway(t, { routes: { 'app.test': url }, plugins: [[observer]], config })
    const received = await sendRaw(port, requestText('GET /', [...claims, 'Connection: close']))
    t.match(JSON.parse(received.slice(received.indexOf('{'))).headers, {
      ...expected,
      'x-real-ip': record.clientAddress,
    })
    t.match(seen.at(-1), record)
  }
})

t.test('a request that comes back is a loop: 508', async (t) => {
  const { url } = await startBackend(t, echoListener)
  const { port } = await startGateway(t, { routes: { 'app.test': url } })
  const echo = await openClient(t, port, requestText('GET /')).until(/\}$/)
  const { via } = JSON.parse(echo.slice(echo.indexOf('{'))).headers
  t.match(await sendRaw(port, requestText('GET /', [`Via: 1.1 other, ${via}`])), /^HTTP\/1\.1 508 /)
  const other = requestText('GET /', ['Via: 1.1 drawbridge-00000000', 'Connection: close'])
  t.match(await sendRaw(port, other), /^HTTP\/1\.1 200 /, 'another gateway in front is none')
})

t.test('a client that resets its connection right behind a request is no nobody', async (t) => {
  const addresses: string[] = []
  const { url } = await startRawBackend(t, (socket) => {
    socket.on('data', (chunk: Buffer) => {
      addresses.push(/\r\nX-Forwarded-For: (.*)\r\n/.exec(chunk.toString('latin1'))?.[1] ?? '')
      socket.write(OK)
    })
  })
  const { port } = await startGateway(t, { routes: { 'app.test': url } })
  for (let i = 0; i < 100; i += 1) {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    socket.write(requestText('GET /'), () => socket.resetAndDestroy())
    await new Promise((resolve) => socket.on('close', resolve))
  }
  await sendRaw(port, requestText('GET /', ['Connection: close']))
  t.same([...new Set(addresses)], ['127.0.0.1'])
})

t.test('an upgrade to another protocol than those of the route is no upgrade', async (t) => {
  const { url } = await startBackend(t, echoListener)
  const { port } = await startGateway(t, { routes: { 'app.test': url } })
  for (const upgrade of ['h2c', 'tls/1.0', 'h2c, websocket', 'websocket, h2c']) {
    const lines = ['Connection: Upgrade, HTTP2-Settings', `Upgrade: ${upgrade}`, 'HTTP2-Settings: AAMAAABkAAQAAP__']
    const received = await openClient(t, port, requestText('GET /', lines)).until(/\}$/)
    t.match(received, /^HTTP\/1\.1 200 /, upgrade)
    t.notMatch(JSON.parse(received.slice(received.indexOf('{'))).headers, { upgrade: /./ }, upgrade)
  }
})
