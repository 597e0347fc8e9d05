import type { ServerResponse } from 'node:http'
import t from 'tap'
import { makePlugin, readBody, startBackend, until } from '../support/fixtures.ts'
import { openClient, startTimedGateway } from '../support/timed-gateway.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'
const UPLOAD = 'POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000000\r\n\r\n'
// More than the buffers between two sockets hold.
const HUGE = 64 * 1024 * 1024

t.test('answers 408 when the client stops in the middle of its body', async (t) => {
  let isAborted = false
  const backend = await startBackend(t, (request) => {
    request.on('error', () => {
      isAborted = true
    })
    request.resume()
  })
  const { port, clock, log, records, timedOut } = await startTimedGateway(t, { backend: backend.url })
  const client = openClient(t, port, `${UPLOAD}half of it`)
  await until(() => records[0]?.requestBodyBytes === 10)
  clock.advance(29_900)
  t.strictSame(timedOut(), {})
  clock.advance(250)
  await until(() => client.received() !== '')
  t.match(client.received(), /^HTTP\/1\.1 408 [\s\S]*connection: close/i)
  await until(() => isAborted)
  t.strictSame(timedOut(), { client_body: 1 }, 'the backend is not to blame')
  t.match(log.lines, [
    { facts: { code: 'DRAWBRIDGE_TIMEOUTS_CLIENT_BODY', request_id: records[0]?.requestId, host: 'a.test' } },
  ])
})

t.test('answers 408 when a client waits after its head', async (t) => {
  const backend = await startBackend(t, (request) => void request.resume())
  const { port, clock, records, timedOut } = await startTimedGateway(t, {
    backend: backend.url,
    timeouts: { client_body: '5s' },
  })
  const client = openClient(t, port, 'POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n')
  await until(() => records[0]?.exchange?.phase === 'sending')
  clock.advance(5250)
  await until(() => client.received() !== '')
  t.match(client.received(), /^HTTP\/1\.1 408 /)
  t.strictSame(timedOut(), { client_body: 1 })
})

t.test('cuts an upload of a byte a second, and takes the request from the backend', async (t) => {
  let isAborted = false
  const backend = await startBackend(t, (request) => {
    request.on('error', () => {
      isAborted = true
    })
    request.resume()
  })
  const { port, clock, log, records, timedOut } = await startTimedGateway(t, { backend: backend.url })
  const client = openClient(t, port, UPLOAD)
  await until(() => records[0]?.exchange?.phase === 'sending')
  let seconds = 0
  while (client.received() === '' && Object.keys(timedOut()).length === 0) {
    seconds += 1
    client.socket.write('x')
    await until(() => records[0]?.requestBodyBytes === seconds)
    clock.advance(1000)
  }
  await until(() => client.received() !== '')
  t.match(client.received(), /^HTTP\/1\.1 408 /)
  t.ok(seconds >= 30 && seconds <= 31, `${seconds} s: one period of client_body`)
  t.strictSame(timedOut(), { upload_rate: 1 })
  t.match(log.lines, [{ facts: { code: 'DRAWBRIDGE_TIMEOUTS_UPLOAD_RATE', request_id: records[0]?.requestId } }])
  await until(() => isAborted)
})

t.test('lets an upload trickle that is slow but within its bounds', async (t) => {
  const backend = await startBackend(t, async (request, response) => {
    response.end(`${(await readBody(request)).length} bytes`)
  })
  const { port, clock, records, timedOut } = await startTimedGateway(t, { backend: backend.url })
  const client = openClient(t, port, UPLOAD.replace('1000000', '40000'))
  await until(() => records[0]?.exchange?.phase === 'sending')
  // 250 bytes a second on the average, in lumps eight seconds apart.
  for (let sent = 2000; sent <= 40_000; sent += 2000) {
    client.socket.write('x'.repeat(2000))
    await until(() => records[0]?.requestBodyBytes === sent)
    clock.advance(8000)
  }
  await until(() => client.received().includes('40000 bytes'))
  t.strictSame(timedOut(), {}, 'after 160 seconds')
})

t.test('lets a byte a second pass where the rate is off', async (t) => {
  const backend = await startBackend(t, (request) => void request.resume())
  const { port, clock, records, timedOut } = await startTimedGateway(t, {
    backend: backend.url,
    timeouts: { min_upload_rate: 0 },
  })
  const client = openClient(t, port, UPLOAD)
  await until(() => records[0]?.exchange?.phase === 'sending')
  for (let bytes = 1; bytes <= 10; bytes += 1) {
    client.socket.write('x')
    await until(() => records[0]?.requestBodyBytes === bytes)
    clock.advance(20_000)
  }
  t.strictSame(timedOut(), {})
})

t.test('cuts a client that does not take its answer, and lets the backend go', async (t) => {
  let isClosed = false
  const backend = await startBackend(t, (_request, response) => {
    response.on('close', () => {
      isClosed = true
    })
    response.end(Buffer.alloc(HUGE))
  })
  const { port, clock, log, records, timedOut } = await startTimedGateway(t, { backend: backend.url })
  const client = openClient(t, port, GET)
  client.socket.pause()
  await until(() => records[0]?.exchange?.waitingFor === 'client')
  clock.advance(59_900)
  t.strictSame(timedOut(), {})
  clock.advance(250)
  t.strictSame(timedOut(), { client_read: 1 }, 'the backend is not to blame')
  await until(() => isClosed && records[0]?.isFinished === true)
  client.socket.resume()
  await client.closed
  t.match(log.lines, [
    { message: /the answer was cut off/, facts: { code: 'DRAWBRIDGE_TIMEOUTS_CLIENT_READ', request_id: /./ } },
  ])
})

t.test('times the client also where a plugin takes the body through Fastify', async (t) => {
  const backend = await startBackend(t, (_request, response) => void response.end(Buffer.alloc(HUGE)))
  const claimer = makePlugin({ name: 'claimer', phase: 'respond', response: () => ({ claimsBody: () => true }) })
  const { port, clock, records, timedOut } = await startTimedGateway(t, { backend: backend.url, plugins: [[claimer]] })
  const client = openClient(t, port, GET)
  client.socket.pause()
  await until(() => records[0]?.exchange?.waitingFor === 'client')
  clock.advance(60_250)
  t.strictSame(timedOut(), { client_read: 1 })
  const whole = openClient(t, port, GET)
  await until(() => whole.received().length > HUGE)
  t.strictSame(timedOut(), { client_read: 1 }, 'a client that reads gets everything')
})

t.test('cuts a client that does not take the rest of an answer the backend is done with', async (t) => {
  const backend = await startBackend(t, (_request, response) => void response.end('small'))
  const swapper = makePlugin({
    name: 'swapper',
    phase: 'respond',
    response: () => ({ claimsBody: () => true }),
    wire(app) {
      app.addHook('onSend', (_request, reply, payload, done) => {
        ;(payload as NodeJS.ReadableStream).resume()
        reply.header('content-length', HUGE)
        done(null, Buffer.alloc(HUGE))
      })
    },
  })
  const { port, clock, log, records, timedOut } = await startTimedGateway(t, {
    backend: backend.url,
    plugins: [[swapper]],
  })
  const client = openClient(t, port, GET)
  client.socket.pause()
  await until(() => records[0]?.exchange?.phase === 'done')
  clock.advance(250)
  clock.advance(59_900)
  t.strictSame(timedOut(), {})
  clock.advance(250)
  await until(() => records[0]?.isFinished === true)
  t.strictSame(timedOut(), { client_read: 1 })
  t.equal(records[0]?.cause, 'DRAWBRIDGE_TIMEOUTS_CLIENT_READ')
  t.match(log.lines, [{ facts: { code: 'DRAWBRIDGE_TIMEOUTS_CLIENT_READ', request_id: records[0]?.requestId } }])
})

t.test('cuts a client that does not take what a plugin answers before any backend is asked', async (t) => {
  const refuser = makePlugin({
    name: 'refuser',
    phase: 'gate',
    wire(app) {
      app.addHook('onRequest', (_request, reply) => void reply.code(403).send(Buffer.alloc(HUGE)))
    },
  })
  const { port, clock, records, timedOut } = await startTimedGateway(t, {
    backend: 'http://127.0.0.1:9',
    plugins: [[refuser]],
  })
  const client = openClient(t, port, GET)
  client.socket.pause()
  await until(() => records[0]?.status === 403 || records.length === 1)
  clock.advance(250)
  clock.advance(60_250)
  await until(() => records[0]?.isFinished === true)
  t.strictSame(timedOut(), { client_read: 1 })
})

t.test('blames nobody for a pause of the client that ends in time', async (t) => {
  const answers: ServerResponse[] = []
  const backend = await startBackend(t, (_request, response) => {
    answers.push(response)
    response.write(Buffer.alloc(HUGE))
  })
  const { port, clock, records, timedOut } = await startTimedGateway(t, { backend: backend.url })
  const client = openClient(t, port, GET)
  client.socket.pause()
  await until(() => records[0]?.exchange?.waitingFor === 'client')
  clock.advance(50_000)
  client.socket.resume()
  await until(() => client.received().length > HUGE && records[0]?.exchange?.waitingFor === 'backend')
  clock.advance(29_000)
  t.strictSame(timedOut(), {}, 'read counts from the moment the client took all')
  answers[0]?.end('the end')
  await until(() => client.received().includes('the end'))
  t.strictSame(timedOut(), {})
})

t.test('waits for the backend behind an early answer, however the upload goes', async (t) => {
  const goOn: (() => void)[] = []
  const backend = await startBackend(t, (request, response) => {
    response.write('early')
    goOn.push(() => request.resume())
  })
  const { port, clock, records, timedOut } = await startTimedGateway(t, { backend: backend.url })
  const client = openClient(t, port, UPLOAD.replace('1000000', `${HUGE + 1}`))
  await until(() => client.received().includes('early'))
  client.socket.write(Buffer.alloc(HUGE))
  await until(() => (records[0]?.requestBodyBytes ?? 0) > 1_000_000)
  goOn[0]?.()
  await until(() => records[0]?.requestBodyBytes === HUGE)
  clock.advance(30_250)
  await client.closed
  t.strictSame(timedOut(), { read: 1 })
})
