import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { WebSocket, WebSocketServer } from 'ws'
import {
  listen,
  makePlugin,
  sendRaw,
  startBackend,
  startGateway,
  startRawBackend,
  type Teardown,
} from '../../../test/support/fixtures.ts'
import { openClient, requestText } from './raw-client.ts'

const HANDSHAKE = requestText('GET /ws', [
  'Connection: keep-alive, Upgrade',
  'Upgrade: WebSocket',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
])
const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-B: 1\r\n\r\n'

t.test('a WebSocket echoes through the gateway: text, binary, large messages, close codes', async (t) => {
  const { port } = await startGateway(t, { routes: { 'app.test': await startEcho(t) } })
  const client = openWebSocket(t, port, { protocol: 'chat' })
  await once(client, 'open')
  t.equal(client.protocol, 'chat')
  for (const message of ['hello', 'ü'.repeat(100), Buffer.alloc(300_000, 7)]) {
    client.send(message)
    const [data] = await once(client, 'message')
    t.same(Buffer.from(data), Buffer.from(message))
  }
  client.close(4001, 'bye')
  const [code, reason] = await once(client, 'close')
  t.same([code, String(reason)], [4001, 'bye'])
})

t.test('many WebSockets at once keep to themselves', async (t) => {
  const { port } = await startGateway(t, { routes: { 'app.test': await startEcho(t) } })
  const runs = Array.from({ length: 40 }, async (_, i) => {
    const client = openWebSocket(t, port)
    await once(client, 'open')
    for (let n = 0; n < 10; n += 1) {
      client.send(`${i}-${n}-${'x'.repeat(i * 97)}`)
      const [data] = await once(client, 'message')
      t.equal(String(data), `${i}-${n}-${'x'.repeat(i * 97)}`)
    }
  })
  await Promise.all(runs)
})

t.test('the backend gets the handshake as an upgrade, the client gets the backend’s own 101', async (t) => {
  const heads: string[] = []
  const port = await startWith(t, (socket) => {
    socket.once('data', (chunk: Buffer) => {
      heads.push(chunk.toString('latin1'))
      socket.write(SWITCHING)
    })
  })
  const received = await openClient(t, port, HANDSHAKE).until(/\r\n\r\n/)
  t.match(heads[0], /^GET \/ws HTTP\/1\.1\r\nHost: app\.test\r\n/)
  t.match(heads[0], /\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n/)
  t.match(heads[0], /\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n$/)
  t.equal(received, 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-B: 1\r\n\r\n')
})

t.test('bytes that come early are not lost: behind the handshake, before the 101, with the 101', async (t) => {
  let atBackend = ''
  const port = await startWith(t, (socket) => {
    socket.once('data', async () => {
      socket.on('data', (chunk: Buffer) => (atBackend += chunk.toString('latin1')))
      await wait(30)
      socket.write(`${SWITCHING}early answer`)
    })
  })
  const client = openClient(t, port, `${HANDSHAKE}first,`)
  await wait(10)
  client.write('second,')
  await client.until(/early answer$/)
  client.write('third')
  while (!atBackend.endsWith('third')) await wait(1)
  t.equal(atBackend, 'first,second,third')
})

t.test('a refusal reaches the client as the backend said it, and opens nothing', async (t) => {
  const port = await startWith(t, (socket) => {
    socket.on('data', () => socket.write('HTTP/1.1 403 Forbidden\r\nX-Why: not you\r\nContent-Length: 4\r\n\r\nnope'))
  })
  const received = await sendRaw(port, `${HANDSHAKE}GET /smuggled HTTP/1.1\r\nHost: app.test\r\n\r\n`)
  t.match(received, /^HTTP\/1\.1 403 Forbidden\r\nX-Why: not you\r\n[\s\S]*Connection: close\r\n\r\nnope$/)
})

t.test('an upgrade to a dead backend is a 502', async (t) => {
  const { port } = await startGateway(t, { routes: { 'app.test': 'http://127.0.0.1:1' } })
  t.match(await sendRaw(port, HANDSHAKE), /^HTTP\/1\.1 502 [\s\S]*502 Bad Gateway\n/)
})

t.test('an upgrade for an unknown host is refused like any request for it', async (t) => {
  const { port } = await startGateway(t, { routes: { 'app.test': 'http://127.0.0.1:1' } })
  t.match(await sendRaw(port, HANDSHAKE.replace('app.test', 'unknown.test')), /^HTTP\/1\.1 404 /)
})

t.test('plugins that guard a route guard its upgrades', async (t) => {
  const guard = makePlugin({
    name: 'guard',
    phase: 'guard',
    wire: (app) =>
      app.addHook('onRequest', (_request, _reply, done) => done(Object.assign(new Error('no'), { statusCode: 403 }))),
  })
  const { url } = await startRawBackend(t, () => t.fail('it reached the backend'))
  const { port } = await startGateway(t, { routes: { 'app.test': url }, plugins: [[guard]] })
  t.match(await sendRaw(port, HANDSHAKE), /^HTTP\/1\.1 403 /)
})

t.test('only a whole handshake is one: GET, with a key, without a body', async (t) => {
  const { url } = await startBackend(t, (request, response) => response.end(`plain ${request.headers.upgrade}`))
  const { port } = await startGateway(t, { routes: { 'app.test': url } })
  for (const bytes of [
    HANDSHAKE.replace('GET', 'POST'),
    HANDSHAKE.replace(/Sec-WebSocket-Key: .*\r\n/, ''),
    HANDSHAKE.replace(/Connection: .*\r\n/, ''),
    HANDSHAKE.replace('\r\n\r\n', '\r\nContent-Length: 1\r\n\r\nx'),
    HANDSHAKE.replace('\r\n\r\n', '\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
  ])
    t.match(await openClient(t, port, bytes).until(/plain .*$/), /plain undefined$/)
})

t.test('when one side leaves, the other is let go', async (t) => {
  for (const side of ['client', 'backend']) {
    for (const how of ['end', 'destroy', 'resetAndDestroy'] as const) {
      const opened = Promise.withResolvers<Socket>()
      const gone = Promise.withResolvers<void>()
      const port = await startWith(t, (socket) => {
        socket.once('data', () => {
          socket.write(SWITCHING)
          socket.on('end', () => socket.end()).on('close', () => gone.resolve())
          opened.resolve(socket)
        })
      })
      const client = openClient(t, port, HANDSHAKE)
      const backend = await opened.promise
      await client.until(/\r\n\r\n/)
      if (side === 'client') client.socket[how]()
      else backend[how]()
      await Promise.all([gone.promise, client.closed])
      t.pass(`${side}: ${how}`)
    }
  }
})

t.test('a client that leaves before the backend answers takes its request along', async (t) => {
  for (const how of ['end', 'destroy', 'resetAndDestroy'] as const) {
    const arrived = Promise.withResolvers<void>()
    const gone = Promise.withResolvers<void>()
    const port = await startWith(t, (socket) => {
      socket.once('data', () => arrived.resolve())
      socket.on('close', () => gone.resolve())
    })
    const client = openClient(t, port, HANDSHAKE)
    await arrived.promise
    client.socket[how]()
    await gone.promise
    t.pass(how)
  }
})

t.test('an upgrade takes no kept connection, and leaves none behind', async (t) => {
  const seen: string[] = []
  const port = await startWith(t, (socket) => {
    const index = seen.push('') - 1
    socket.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1')
      seen[index] += text.startsWith('GET /ws') ? 'upgrade ' : text.startsWith('GET ') ? 'get ' : 'bytes '
      if (text.startsWith('GET /ws')) socket.write(SWITCHING)
      else if (text.startsWith('GET ')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
  })
  const get = requestText('GET /', ['Connection: close'])
  await sendRaw(port, get)
  const client = openClient(t, port, HANDSHAKE)
  await client.until(/\r\n\r\n/)
  await sendRaw(port, get)
  client.socket.destroy()
  await sendRaw(port, get)
  t.same(seen, ['get get get ', 'upgrade '])
})

t.test('the record of an upgrade ends with its tunnel and counts what went through', async (t) => {
  const finished = Promise.withResolvers<{
    status: number
    upgrade: string
    requestBodyBytes: number
    responseBodyBytes: number
  }>()
  const observer = makePlugin({
    name: 'observer',
    wire: (_app, _options, host) => host.onFinish((record) => finished.resolve(record)),
  })
  const { url } = await startRawBackend(t, (socket) => {
    socket.once('data', () => {
      socket.write(`${SWITCHING}12345`)
      socket.on('data', () => socket.end('678'))
    })
  })
  const { port } = await startGateway(t, { routes: { 'app.test': url }, plugins: [[observer]] })
  const client = openClient(t, port, HANDSHAKE)
  await client.until(/12345$/)
  client.write('abc')
  await client.until(/678$/)
  client.socket.end()
  t.match(await finished.promise, { status: 101, upgrade: 'websocket', requestBodyBytes: 3, responseBodyBytes: 8 })
})

async function startWith(t: Teardown, onSocket: (socket: Socket) => void): Promise<number> {
  const { url } = await startRawBackend(t, onSocket)
  return (await startGateway(t, { routes: { 'app.test': url } })).port
}

/** A WebSocket server that sends every message back. */
async function startEcho(t: Teardown): Promise<string> {
  const server = createServer()
  const sockets = new WebSocketServer({ server, handleProtocols: (protocols) => [...protocols][0] ?? false })
  sockets.on('connection', (socket) =>
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
  )
  t.teardown(() => {
    for (const client of sockets.clients) client.terminate()
    server.close()
  })
  return `http://127.0.0.1:${await listen(server)}`
}

function openWebSocket(t: Teardown, port: number, { protocol }: { protocol?: string } = {}): WebSocket {
  const client = new WebSocket(`ws://127.0.0.1:${port}/ws`, protocol === undefined ? [] : [protocol], {
    headers: { host: 'app.test' },
  })
  client.on('error', () => {})
  t.teardown(() => client.terminate())
  return client
}
