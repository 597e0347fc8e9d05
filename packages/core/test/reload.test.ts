import { once } from 'node:events'
import { createServer } from 'node:http'
import t from 'tap'
import { WebSocket, WebSocketServer } from 'ws'
import {
  listen,
  makeConfig,
  makePlugin,
  sendRaw,
  startBackend,
  startGateway,
  startRawBackend,
  type Teardown,
  until,
} from '../../../test/support/fixtures.ts'
import { openClient, requestText } from './raw-client.ts'

const GET = requestText('GET /', ['Connection: close'])

t.test('a reload serves new routes, drops old ones and says which', async (t) => {
  const { url } = await startBackend(t, (request, response) => response.end(request.headers.host))
  const { url: other } = await startBackend(t, (_request, response) => response.end('moved'))
  const routes = { 'kept.test': url, 'changed.test': url, 'removed.test': url }
  const { gateway, port } = await startGateway(t, { routes })
  const result = await gateway.apply(
    makeConfig({ routes: { 'kept.test': url, 'changed.test': other, 'added.test': url } }),
  )
  t.same(result, { added: ['added.test'], changed: ['changed.test'], removed: ['removed.test'], unchanged: 1 })
  const ask = (host: string) => sendRaw(port, GET.replace('app.test', host))
  t.match(await ask('kept.test'), /kept\.test$/)
  t.match(await ask('changed.test'), /moved$/)
  t.match(await ask('added.test'), /added\.test$/)
  t.match(await ask('removed.test'), /^HTTP\/1\.1 404 /)
})

t.test('WebSockets and event streams of unchanged routes notice nothing of a reload', async (t) => {
  const streams = await startStreams(t)
  const { gateway, port } = await startGateway(t, {
    routes: { 'app.test': streams.url, 'other.test': 'http://127.0.0.1:1' },
  })
  const events = openClient(t, port, requestText('GET /events'))
  await events.until(/\r\n\r\n/)
  const socket = openWebSocket(t, port)
  await once(socket, 'open')
  for (let i = 0; i < 3; i += 1) {
    await gateway.apply(makeConfig({ routes: { 'app.test': streams.url, 'other.test': `http://127.0.0.1:${i + 2}` } }))
    streams.send(`data: ${i}\n\n`)
    await events.until(new RegExp(`data: ${i}\n\n`))
    socket.send(`message ${i}`)
    t.equal(String((await once(socket, 'message'))[0]), `message ${i}`)
  }
})

t.test('requests that run when their route changes end as they began', async (t) => {
  const arrived = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<void>()
  const { url } = await startBackend(t, async (_request, response) => {
    arrived.resolve()
    await answer.promise
    response.end('old')
  })
  const { url: other } = await startBackend(t, (_request, response) => response.end('new'))
  const { gateway, port } = await startGateway(t, { routes: { 'app.test': url } })
  const running = sendRaw(port, GET)
  await arrived.promise
  await gateway.apply(makeConfig({ routes: { 'app.test': other } }))
  t.match(await sendRaw(port, GET), /new$/)
  answer.resolve()
  t.match(await running, /old$/)
})

t.test('WebSockets of a changed route end when its time is up', async (t) => {
  const streams = await startStreams(t)
  const { gateway, port } = await startGateway(t, { routes: { 'app.test': streams.url } })
  const socket = openWebSocket(t, port)
  await once(socket, 'open')
  const config = { shutdownTimeoutMs: 50 }
  await gateway.apply(makeConfig({ routes: { 'app.test': 'http://127.0.0.1:1' }, config }))
  const [code] = await once(socket, 'close')
  t.equal(code, 1006)
})

t.test('a kept connection goes over to the new routes with its next request', async (t) => {
  const { url } = await startBackend(t, (_request, response) => response.end('old'))
  const { url: other } = await startBackend(t, (_request, response) => response.end('new'))
  const { gateway, port } = await startGateway(t, { routes: { 'app.test': url } })
  const client = openClient(t, port, requestText('GET /'))
  await client.until(/old$/)
  await gateway.apply(makeConfig({ routes: { 'app.test': other } }))
  client.write(requestText('GET /'))
  t.match(await client.until(/new$/), /old[\s\S]*new$/)
})

t.test('a reload keeps warm connections to backends', async (t) => {
  let connections = 0
  const { url } = await startRawBackend(t, (socket) => {
    connections += 1
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'))
  })
  const quiet = makePlugin({ name: 'quiet' })
  const { gateway, port } = await startGateway(t, { routes: { 'app.test': url } })
  await sendRaw(port, GET)
  await gateway.apply(makeConfig({ routes: { 'app.test': url }, plugins: [[quiet]] }))
  await sendRaw(port, GET)
  t.equal(connections, 1)
})

t.test('a route that does not start leaves everything as it was', async (t) => {
  const closed: string[] = []
  const failing = makePlugin({
    name: 'failing',
    wire: () => {
      throw new Error('no such file')
    },
  })
  const healthy = makePlugin({
    name: 'healthy',
    wire: (app, _options, host) => app.addHook('onClose', (_app, done) => done(void closed.push(host.routeHost))),
  })
  const { url } = await startBackend(t, (_request, response) => response.end('old'))
  const { gateway, port } = await startGateway(t, { routes: { 'app.test': url } })
  const next = makeConfig({ routes: { 'new.test': url }, plugins: [[healthy]] })
  const broken = makeConfig({ routes: { 'app.test': 'http://127.0.0.1:1' }, plugins: [[failing]] })
  await t.rejects(gateway.apply({ ...next, routes: [...next.routes, ...broken.routes] }), {
    message: 'route app.test does not start: no such file',
  })
  t.match(await sendRaw(port, GET), /old$/)
  t.match(await sendRaw(port, GET.replace('app.test', 'new.test')), /^HTTP\/1\.1 404 /)
  t.same(closed, ['new.test'], 'what had been built already is closed again')
})

t.test('reloads one after the other: the last one wins', async (t) => {
  const backends = await Promise.all(
    ['a', 'b', 'c'].map((name) => startBackend(t, (_request, response) => response.end(name))),
  )
  const { gateway, port } = await startGateway(t, { routes: {} })
  await Promise.all(backends.map(({ url }) => gateway.apply(makeConfig({ routes: { 'app.test': url } }))))
  t.match(await sendRaw(port, GET), /c$/)
})

t.test('a stop lets running requests end, tells clients so and takes no new ones', async (t) => {
  const arrived = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<void>()
  const { url } = await startBackend(t, async (request, response) => {
    if (request.url === '/quick') return response.end('quick')
    arrived.resolve()
    await answer.promise
    return response.end('done')
  })
  const { gateway, port } = await startGateway(t, { routes: { 'app.test': url } })
  const idle = openClient(t, port, requestText('GET /quick'))
  await idle.until(/quick$/)
  const running = openClient(t, port, requestText('GET /'))
  await arrived.promise
  const closing = gateway.close(5000)
  await idle.closed
  t.equal(await sendRaw(port, GET), '', 'nobody is let in')
  answer.resolve()
  t.match(await running.closed, /done$/)
  await closing
})

for (const [what, bytes] of [
  ['an answer', requestText('GET /')],
  ['an upload', requestText('POST /', ['Content-Length: 5'], 'a')],
  [
    'the answer to an upgrade',
    requestText('GET /', ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: x']),
  ],
] as const) {
  t.test(`a stop cuts what still waits for ${what} when its time is up`, async (t) => {
    const arrived = Promise.withResolvers<void>()
    const gone = Promise.withResolvers<void>()
    const { url } = await startRawBackend(t, (socket) => {
      socket.once('data', () => arrived.resolve())
      socket.on('close', () => gone.resolve())
    })
    const { gateway, port } = await startGateway(t, { routes: { 'app.test': url } })
    const client = openClient(t, port, bytes)
    await arrived.promise
    await gateway.close(50)
    await Promise.all([client.closed, gone.promise])
    t.pass('both sides are let go')
  })
}

t.test('a stop does not wait for WebSockets', async (t) => {
  const streams = await startStreams(t)
  const { gateway, port } = await startGateway(t, { routes: { 'app.test': streams.url } })
  const socket = openWebSocket(t, port)
  await once(socket, 'open')
  const closed = once(socket, 'close')
  await gateway.close(60_000)
  await closed
  t.pass('though its time was not up')
})

t.test('a stop stops services and plugins, and leaves nothing open', async (t) => {
  const stopped: string[] = []
  const plugin = makePlugin({
    name: 'stateful',
    service: () => ({ stop: () => void stopped.push('service') }),
    wire(app, _options, host) {
      host.service(plugin)
      app.addHook('onClose', (_app, done) => done(void stopped.push('app')))
    },
  })
  const { url } = await startBackend(t, (_request, response) => response.end('ok'))
  const { gateway, port } = await startGateway(t, { routes: { 'app.test': url }, plugins: [[plugin]] })
  await sendRaw(port, GET)
  await gateway.close(1000)
  t.same(stopped, ['app', 'app', 'service'], 'of the route, of the default answer, then of the process')
  await until(() => !process.getActiveResourcesInfo().includes('TCPSocketWrap'))
})

interface Streams {
  readonly url: string
  send(text: string): void
}

/** A backend with an event stream and an echoing WebSocket. */
async function startStreams(t: Teardown): Promise<Streams> {
  let send = (_text: string) => {}
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    send = (text) => response.write(text)
  })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) =>
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
  )
  t.teardown(() => {
    for (const client of sockets.clients) client.terminate()
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${await listen(server)}`, send: (text) => send(text) }
}

function openWebSocket(t: Teardown, port: number): WebSocket {
  const client = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { host: 'app.test' } }).on('error', () => {})
  t.teardown(() => client.terminate())
  return client
}
