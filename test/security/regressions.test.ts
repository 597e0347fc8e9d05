import { once } from 'node:events'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { plugin as tracing } from '@drawbridge/plugin-tracing'
import t from 'tap'
import { makeConfig, makePlugin, sendRaw, startBackend, startGateway, startRawBackend } from '../support/fixtures.ts'

const UPGRADE =
  'GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n'
const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

t.test('a CONNECT pipelined behind a running answer ends the connection, not the process', async (t) => {
  const { promise: isAsked, resolve: onAsked } = Promise.withResolvers<void>()
  const backend = await startBackend(t, () => onAsked())
  const { gateway, port } = await startGateway(t, { routes: { '127.0.0.1': backend.url } })
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write('GET /slow HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nCONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n')
  await Promise.race([isAsked, once(socket, 'close')])
  socket.resetAndDestroy()
  await gateway.close(100)
  t.pass('everything is closed')
})

t.test('a claimed answer that announces trailers reaches an HTTP/1.0 client', async (t) => {
  const backend = await startRawBackend(t, (socket) =>
    socket.on('data', () =>
      socket.write(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-t\r\n\r\n2\r\nok\r\n0\r\nx-t: 1\r\n\r\n',
      ),
    ),
  )
  const claimer = makePlugin({ name: 'claimer', response: () => ({ claimsBody: () => true }) })
  const { port } = await startGateway(t, { routes: { '127.0.0.1': backend.url }, plugins: [[claimer]] })
  t.match(await sendRaw(port, 'GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n'), /^HTTP\/1\.1 200 OK[\s\S]*ok/)
})

t.test('a long refusal of an upgrade arrives whole', async (t) => {
  const body = 'x'.repeat(3_000_000)
  const refusing = await startRawBackend(t, (socket) =>
    socket.on('data', () => socket.write(`HTTP/1.1 403 Forbidden\r\nContent-Length: ${body.length}\r\n\r\n${body}`)),
  )
  const { port } = await startGateway(t, { routes: { '127.0.0.1': refusing.url } })
  const answer = await sendRaw(port, UPGRADE)
  t.match(answer, /^HTTP\/1\.1 403 /)
  t.equal(answer.slice(answer.indexOf('\r\n\r\n') + 4).length, body.length)
})

t.test('a tunnel ends when the backend leaves it, whatever the client still sends', async (t) => {
  const backend = await startRawBackend(t, (socket) => {
    socket.once('data', () => {
      socket.pause()
      socket.end(SWITCHING)
    })
  })
  const { promise: isOver, resolve: onOver } = Promise.withResolvers<void>()
  const watcher = makePlugin({ name: 'watcher', wire: (_app, _options, host) => host.onFinish(() => onOver()) })
  const { port } = await startGateway(t, { routes: { '127.0.0.1': backend.url }, plugins: [[watcher]] })
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  client.on('error', () => {})
  client.write(UPGRADE)
  await once(client, 'data')
  client.write(Buffer.alloc(100_000))
  await isOver
  client.destroy()
  t.pass('the request is over')
})

t.test('closing twice is closing once, and nothing is applied to a gateway that closes', async (t) => {
  const backend = await startBackend(t, (_request, response) => response.end())
  const options = { routes: { '127.0.0.1': backend.url } }
  const { gateway } = await startGateway(t, options)
  await Promise.all([gateway.close(100), gateway.close(100)])
  await t.rejects(gateway.apply(makeConfig(options)), { code: 'DRAWBRIDGE_CORE_SHUTTING_DOWN' })
})

t.test('a stop cuts the tunnels of routes that a reload has removed', async (t) => {
  const backend = await startRawBackend(t, (socket) => socket.once('data', () => socket.write(SWITCHING)))
  const { gateway, port } = await startGateway(t, { routes: { '127.0.0.1': backend.url } })
  const client = connect(port, '127.0.0.1')
  client.on('error', () => {})
  client.write(UPGRADE)
  await once(client, 'data')
  await gateway.apply(makeConfig({ routes: {} }))
  const closed = once(client, 'close')
  await gateway.close(100)
  await closed
  t.pass('the client was told')
})

t.test('informational answers without end are a broken answer', async (t) => {
  const hint = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n'
  const backend = await startRawBackend(t, (socket) => socket.on('data', () => socket.write(hint.repeat(1000))))
  const { port, log } = await startGateway(t, { routes: { '127.0.0.1': backend.url } })
  const answer = await sendRaw(port, 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n')
  t.match(answer, /HTTP\/1\.1 502 /)
  t.match(log.lines, [{ facts: { code: 'DRAWBRIDGE_CORE_UPSTREAM_INVALID' } }])
})

t.test('after a restart of the backend a GET finds a fresh connection, however many stale ones wait', async (t) => {
  const sockets = new Set<Socket>()
  let isStale = false
  const backend = await startRawBackend(t, (socket) => {
    sockets.add(socket)
    const isOld = !isStale
    socket.on('data', () => {
      if (isOld && isStale) socket.resetAndDestroy()
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
  })
  const { port } = await startGateway(t, { routes: { '127.0.0.1': backend.url } })
  await Promise.all([ask(port), ask(port), ask(port)])
  isStale = true
  t.equal(await ask(port), 200)
})

t.test('a plugin that cannot make its part leaves nothing behind and names its route', async (t) => {
  const broken = makePlugin({
    name: 'broken',
    response() {
      throw new Error('no luck')
    },
  })
  const { gateway } = await startGateway(t, { routes: {} })
  await t.rejects(gateway.apply(makeConfig({ routes: { 'a.test': 'http://127.0.0.1:9' }, plugins: [[broken]] })), {
    message: /route a\.test does not start: no luck/,
  })
})

t.test('a refusal is found in the log by the request id that its page shows', async (t) => {
  const { port, log } = await startGateway(t, { routes: { '127.0.0.1': 'http://127.0.0.1:9' }, plugins: [[tracing]] })
  const answer = await sendRaw(port, 'GET /%zz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  const id = /X-Request-ID: (\S+)/i.exec(answer)?.[1]
  t.match(log.lines, [{ level: 'info', facts: { request_id: id, code: 'DRAWBRIDGE_CORE_BAD_REQUEST', status: 400 } }])
  t.notMatch(JSON.stringify(log.lines), /zz/, 'what the client sent is not repeated')
})

function ask(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', agent: false }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode))
    })
      .on('error', reject)
      .end()
  })
}
