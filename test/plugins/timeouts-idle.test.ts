import type { Socket } from 'node:net'
import { plugin as timeouts } from '@drawbridge/plugin-timeouts'
import t from 'tap'
import { makeConfig, makePlugin, startBackend, startGateway, startRawBackend, until } from '../support/fixtures.ts'
import { openClient, startTimedGateway } from '../support/timed-gateway.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'

t.test('closes idle backend connections after `idle`', async (t) => {
  const sockets: Socket[] = []
  const backend = await startRawBackend(t, (socket) => {
    sockets.push(socket)
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'))
  })
  for (const [options, ms] of [
    [{}, 120_000],
    [{ idle: '300s' }, 300_000],
  ] as const) {
    const { port, clock } = await startTimedGateway(t, { backend: backend.url, timeouts: options })
    const client = openClient(t, port, GET)
    await until(() => client.received().endsWith('ok'))
    const socket = sockets.at(-1)
    clock.advance(ms - 1)
    client.socket.write(GET)
    await until(() => client.received().split('ok').length === 3)
    t.equal(sockets.at(-1), socket, 'kept until then')
    clock.advance(ms + 1000)
    await until(() => socket?.destroyed === true)
  }
})

t.test('tells the client how long its connection is kept', async (t) => {
  const backend = await startBackend(t, (_request, response) => void response.end('ok'))
  for (const [options, seconds] of [
    [{}, 60],
    [{ idle: '5s' }, 5],
    [{ idle: '300s' }, 300],
  ] as const) {
    const { port } = await startGateway(t, { routes: { 'a.test': backend.url }, plugins: [[timeouts, options]] })
    const client = openClient(t, port, GET)
    await until(() => client.received().endsWith('ok'))
    t.match(client.received(), `Keep-Alive: timeout=${seconds}\r\n`)
  }
})

t.test('closes an idle client connection after `idle`', async (t) => {
  const backend = await startBackend(t, (_request, response) => void response.end('ok'))
  const { port } = await startGateway(t, { routes: { 'a.test': backend.url }, plugins: [[timeouts, { idle: '1s' }]] })
  const client = openClient(t, port, GET)
  // Node's own timer, not the test's; the listener's would take a minute.
  await client.closed
  t.match(client.received(), /ok$/)
})

t.test('keeps counting over a reload, and forgets the route that was replaced', async (t) => {
  let requests = 0
  const backend = await startBackend(t, () => {
    requests += 1
  })
  const { gateway, port, clock, timedOut } = await startTimedGateway(t, { backend: backend.url })
  openClient(t, port, GET)
  await until(() => requests === 1)
  const plugins = [[timeouts, { read: '5s' }]] as const
  await gateway.apply(makeConfig({ routes: { 'a.test': backend.url }, plugins }))
  openClient(t, port, GET)
  await until(() => requests === 2)
  clock.advance(5250)
  t.strictSame(timedOut(), { response_header: 1 }, 'the new request by the new bound')
  clock.advance(25_000)
  t.strictSame(timedOut(), { response_header: 2 }, 'the old one by the old bound')
})

t.test('does not keep a connection that is about to close', async (t) => {
  const backend = await startBackend(t, (request) => void request.resume())
  const sockets: Socket[] = []
  const probe = makePlugin({
    name: 'socket-probe',
    phase: 'trace',
    wire(app) {
      app.addHook('onRequest', (request, _reply, done) => {
        sockets.push(request.raw.socket)
        done()
      })
    },
  })
  const { port, clock, records } = await startTimedGateway(t, {
    backend: backend.url,
    timeouts: { idle: '300s' },
    plugins: [[probe]],
  })
  const client = openClient(t, port, 'POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 9\r\n\r\nhalf')
  await until(() => records[0]?.requestBodyBytes === 4)
  clock.advance(30_250)
  await until(() => client.received().includes(' 408 ') && records[0]?.isFinished === true)
  t.equal(sockets[0]?.writable, false)
  t.not(sockets[0]?.timeout, 301_000)
})
