import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import t from 'tap'
import { startBackend, startRawBackend, until } from '../support/fixtures.ts'
import { openClient, startTimedGateway } from '../support/timed-gateway.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'

t.test('answers 504 when the backend does not complete the TLS handshake', async (t) => {
  const sockets: Socket[] = []
  const backend = await startRawBackend(t, (socket) => sockets.push(socket.resume()))
  const { port, clock, log, records, timedOut } = await startTimedGateway(t, {
    backend: backend.url.replace('http:', 'https:'),
  })
  const client = openClient(t, port, GET)
  await until(() => sockets.length === 1)
  clock.advance(4999)
  t.equal(client.received(), '')
  clock.advance(1)
  await until(() => client.received() !== '')
  t.match(client.received(), /^HTTP\/1\.1 504 /)
  await until(() => records[0]?.isFinished === true)
  t.strictSame(timedOut(), { connect: 1 })
  t.match(log.lines.at(-1)?.facts, {
    code: 'DRAWBRIDGE_CORE_UPSTREAM_CONNECT_TIMEOUT',
    request_id: records[0]?.requestId,
  })
  await until(() => sockets[0]?.destroyed === true)
})

t.test('answers 504 when the backend does not begin to answer, and lets the backend go', async (t) => {
  const closed: string[] = []
  const held: ServerResponse[] = []
  const backend = await startBackend(t, (request, response) => {
    request.on('close', () => closed.push(request.url ?? ''))
    if (request.url !== '/later') held.push(response)
    else response.end('late but there')
  })
  const { port, clock, log, records, timedOut } = await startTimedGateway(t, { backend: backend.url })
  const client = openClient(t, port, GET)
  await until(() => held.length === 1)
  clock.advance(20_000)
  const neighbour = openClient(t, port, GET.replace('/ ', '/neighbour '))
  await until(() => held.length === 2)
  clock.advance(9_900)
  t.strictSame(timedOut(), {})
  clock.advance(250)
  t.strictSame(timedOut(), { response_header: 1 })
  await until(() => client.received().includes('Request ID'))
  t.match(client.received(), /^HTTP\/1\.1 504 /)
  await until(() => closed.length === 1)
  t.strictSame(closed, ['/'])
  t.match(log.lines, [
    {
      level: 'warn',
      message: 'the backend did not begin to answer within 30s',
      facts: { code: 'DRAWBRIDGE_TIMEOUTS_RESPONSE_HEADER', request_id: records[0]?.requestId, host: 'a.test' },
    },
  ])
  t.match(records[0], {
    cause: 'DRAWBRIDGE_TIMEOUTS_RESPONSE_HEADER',
    decisions: [{ by: 'timeouts', what: 'timed-out', facts: { kind: 'response_header' } }],
  })

  held[1]?.end('unharmed')
  await until(() => neighbour.received().includes('unharmed'))
  client.socket.write(GET.replace('/ ', '/later '))
  await until(() => client.received().includes('late but there'))
  t.strictSame(timedOut(), { response_header: 1 }, 'and the client may go on with its connection')
})

t.test('gives the answer to begin what `read` says, unless told apart', async (t) => {
  const held: ServerResponse[] = []
  const backend = await startBackend(t, (_request, response) => held.push(response))
  for (const [options, ms] of [
    [{ read: '60s' }, 60_000],
    [{ read: '60s', response_header: '10s' }, 10_000],
    [{ response_header: '10m' }, 600_000],
  ] as const) {
    const { port, clock, timedOut } = await startTimedGateway(t, { backend: backend.url, timeouts: options })
    const before = held.length
    openClient(t, port, GET)
    await until(() => held.length === before + 1)
    clock.advance(ms - 1)
    t.strictSame(timedOut(), {})
    clock.advance(250)
    t.strictSame(timedOut(), { response_header: 1 })
  }
})

t.test('cuts the connection when the backend stops in the middle of its answer', async (t) => {
  let isClosed = false
  const backend = await startBackend(t, (request, response) => {
    request.on('close', () => {
      isClosed = true
    })
    response.write('the first half')
  })
  const { port, clock, log, records, timedOut } = await startTimedGateway(t, { backend: backend.url })
  const client = openClient(t, port, GET)
  await until(() => client.received().includes('the first half'))
  clock.advance(30_250)
  await client.closed
  t.match(client.received(), /^HTTP\/1\.1 200 /)
  t.notMatch(client.received(), /\r\n0\r\n/, 'a cut answer does not look whole')
  t.strictSame(timedOut(), { read: 1 })
  t.match(log.lines, [
    { message: /sent nothing for 30s; the answer was cut off/, facts: { request_id: records[0]?.requestId } },
  ])
  await until(() => isClosed)
})

t.test('still answers 504 when nothing of the answer has gone out', async (t) => {
  const backend = await startRawBackend(t, (socket) => {
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'))
  })
  const { port, clock, records, timedOut } = await startTimedGateway(t, { backend: backend.url })
  const client = openClient(t, port, GET)
  await until(() => records[0]?.exchange?.phase === 'receiving')
  clock.advance(30_250)
  await until(() => client.received() !== '')
  t.match(client.received(), /^HTTP\/1\.1 504 /)
  t.strictSame(timedOut(), { read: 1 })
})

t.test('lets an event stream live that says something every 20 seconds', async (t) => {
  const streams: ServerResponse[] = []
  const backend = await startBackend(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' }).flushHeaders()
    streams.push(response)
  })
  const { port, clock, timedOut } = await startTimedGateway(t, { backend: backend.url, timeouts: { total: '1m' } })
  const client = openClient(t, port, GET)
  await until(() => client.received().includes('text/event-stream'))
  for (let i = 0; i < 30; i += 1) {
    clock.advance(20_000)
    streams[0]?.write(`: ${i}\n\n`)
    await until(() => client.received().includes(`: ${i}\n\n`))
  }
  t.strictSame(timedOut(), {}, 'ten minutes later')
  clock.advance(30_250)
  await client.closed
  t.strictSame(timedOut(), { read: 1 }, 'but not when it falls silent')
})

t.test('answers 504 when the backend does not take the body', async (t) => {
  const sockets: Socket[] = []
  const backend = await startRawBackend(t, (socket) => sockets.push(socket.pause()))
  const { port, clock, log, records, timedOut } = await startTimedGateway(t, { backend: backend.url })
  const bytes = 64 * 1024 * 1024
  const client = openClient(t, port, `POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${bytes}\r\n\r\n`)
  client.socket.write(Buffer.alloc(bytes))
  await until(() => records[0]?.exchange?.waitingFor === 'backend' && records[0].exchange.phase === 'sending')
  clock.advance(30_250)
  await until(() => client.received() !== '')
  t.match(client.received(), /^HTTP\/1\.1 504 [\s\S]*connection: close/i)
  t.strictSame(timedOut(), { write: 1 })
  t.match(log.lines, [{ facts: { code: 'DRAWBRIDGE_TIMEOUTS_WRITE', request_id: records[0]?.requestId } }])
  sockets[0]?.resume()
  await until(() => sockets[0]?.destroyed === true)
})

t.test('bounds the whole of a request only where `total` says so', async (t) => {
  const answers: ServerResponse[] = []
  const backend = await startBackend(t, (_request, response) => {
    response.write('0')
    answers.push(response)
  })
  for (const [timeouts, expected] of [
    [{}, {}],
    [{ total: '1m' }, { total: 1 }],
  ]) {
    const { port, clock, timedOut } = await startTimedGateway(t, { backend: backend.url, timeouts: timeouts ?? {} })
    const client = openClient(t, port, GET)
    await until(() => client.received().includes('0\r\n'))
    for (let i = 1; i <= 6; i += 1) {
      t.strictSame(timedOut(), {})
      answers.at(-1)?.write(`part ${i}`)
      await until(() => client.received().includes(`part ${i}`))
      clock.advance(10_000)
    }
    t.strictSame(timedOut(), expected)
  }
})

t.test('leaves tunnels alone', async (t) => {
  const backend = await startRawBackend(t, (socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
      socket.on('data', (data) => socket.write(data))
    })
  })
  const { port, clock, records, timedOut } = await startTimedGateway(t, {
    backend: backend.url,
    timeouts: { total: '1m' },
  })
  const head =
    'GET / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n'
  const client = openClient(t, port, head)
  await until(() => client.received().endsWith('\r\n\r\n'))
  clock.advance(3_600_000)
  client.socket.write('still here')
  await until(() => client.received().endsWith('still here'))
  t.strictSame(timedOut(), {})
  client.socket.destroy()
  await until(() => records[0]?.isFinished === true)
})

t.test('times the handshake of an upgrade like any answer', async (t) => {
  let requests = 0
  const backend = await startRawBackend(t, (socket) => {
    socket.once('data', () => {
      requests += 1
    })
  })
  const { port, clock, timedOut } = await startTimedGateway(t, { backend: backend.url })
  const head =
    'GET / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n'
  const client = openClient(t, port, head)
  await until(() => requests === 1)
  clock.advance(30_250)
  await client.closed
  t.match(client.received(), /^HTTP\/1\.1 504 /)
  t.strictSame(timedOut(), { response_header: 1 })
})

t.test('does not count a client that leaves', async (t) => {
  let requests = 0
  const backend = await startBackend(t, () => {
    requests += 1
  })
  const { port, clock, log, records, timedOut } = await startTimedGateway(t, { backend: backend.url })
  const client = openClient(t, port, GET)
  await until(() => requests === 1)
  clock.advance(29_900)
  client.socket.destroy()
  await until(() => records[0]?.isFinished === true)
  clock.advance(60_000)
  t.strictSame(timedOut(), {})
  t.strictSame(log.lines, [])
})
