import type { Socket } from 'node:net'
import t from 'tap'
import { makePlugin, startGateway, startRawBackend, until } from '../../../test/support/fixtures.ts'
import { openClient, requestText } from './raw-client.ts'
import { untilStill } from './still.ts'

/** More than the buffers of all sockets on the way, much less than what is sent. */
const HELD_BY_SOCKETS = 32 * 1024 * 1024
const PIECE = Buffer.alloc(65_536)

const HANDSHAKE = requestText('GET /', ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: x'])
const claiming = makePlugin({ name: 'claiming', response: () => ({ claimsBody: () => true }) })

const WAYS = [
  { name: 'a direct answer', ask: requestText('GET /'), head: `HTTP/1.1 200 OK\r\nContent-Length: ${1e9}\r\n\r\n` },
  { name: 'an answer without length', ask: requestText('GET /'), head: 'HTTP/1.1 200 OK\r\n\r\n' },
  {
    name: 'a claimed answer',
    ask: requestText('GET /'),
    head: 'HTTP/1.1 200 OK\r\n\r\n',
    plugins: [[claiming]] as const,
  },
  { name: 'a tunnel', ask: HANDSHAKE, head: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n' },
]

for (const { name, ask, head, plugins } of WAYS) {
  t.test(`${name}: a client that does not read makes the backend wait, not the gateway store`, async (t) => {
    let flood = { sent: 0 }
    const { url } = await startRawBackend(t, (socket) => {
      socket.once('data', () => {
        socket.write(head)
        flood = send(socket)
      })
    })
    const { port } = await startGateway(t, { routes: { 'app.test': url }, ...(plugins && { plugins }) })
    const client = openClient(t, port, ask)
    client.socket.pause()
    const held = await untilStill(() => flood.sent)
    t.ok(held < HELD_BY_SOCKETS, `${held} bytes wait on the way`)
    client.socket.resume()
    await until(() => flood.sent > held + HELD_BY_SOCKETS)
  })
}

for (const { name, ask } of [
  { name: 'a body of known length', ask: requestText('POST /', [`Content-Length: ${1e9}`]) },
  { name: 'chunks', ask: requestText('POST /', ['Transfer-Encoding: chunked'], `${(1e9).toString(16)}\r\n`) },
  { name: 'a tunnel', ask: HANDSHAKE },
]) {
  t.test(`${name}: a backend that does not read makes the client wait`, async (t) => {
    let backend: Socket | undefined
    const { url } = await startRawBackend(t, (socket) => {
      backend = socket
      socket.once('data', () => {
        if (ask === HANDSHAKE) socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n')
        socket.pause()
      })
    })
    const { port } = await startGateway(t, { routes: { 'app.test': url } })
    const flood = send(openClient(t, port, ask).socket)
    const held = await untilStill(() => flood.sent)
    t.ok(held < HELD_BY_SOCKETS, `${held} bytes wait on the way`)
    backend?.resume()
    await until(() => flood.sent > held + HELD_BY_SOCKETS)
  })
}

for (const { when, answer } of [
  { when: 'while the backend thinks', answer: '' },
  { when: 'in the middle of the answer', answer: 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart' },
  { when: 'in the middle of chunks', answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n' },
]) {
  t.test(`a client that leaves ${when} ends the request at the backend`, async (t) => {
    const arrived = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<void>()
    const { url } = await startRawBackend(t, (socket) => {
      socket.on('close', () => ended.resolve())
      socket.once('data', () => {
        socket.write(answer)
        arrived.resolve()
      })
    })
    const { port } = await startGateway(t, { routes: { 'app.test': url } })
    const client = openClient(t, port, requestText('GET /'))
    await arrived.promise
    if (answer !== '') await client.until(/part/)
    client.socket.destroy()
    await ended.promise
    t.pass('its connection is gone')
  })
}

/** Sends without end, as fast as the other side takes it, and counts. */
function send(socket: Socket): { readonly sent: number } {
  const flood = { sent: 0 }
  const pump = () => {
    flood.sent += PIECE.length
    socket.write(PIECE, (error) => error ?? setImmediate(pump))
  }
  pump()
  return flood
}
