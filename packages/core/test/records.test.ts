import type { Socket } from 'node:net'
import type { RequestRecord } from '@drawbridge/plugin-kit'
import t from 'tap'
import { makePlugin, sendRaw, startGateway, startRawBackend, type Teardown } from '../../../test/support/fixtures.ts'
import { openClient, requestText } from './raw-client.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

t.test('a served request: status, bytes both ways, one attempt', async (t) => {
  const { port, next } = await startObserved(t, (socket) => {
    socket.on('data', () =>
      socket.write('HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
    )
  })
  await sendRaw(port, requestText('POST /a/../B?c', ['Content-Length: 5', 'Connection: close'], 'hello'))
  t.match(await next(), {
    status: 201,
    cause: '',
    isAborted: false,
    attempts: 1,
    path: '/B',
    policyPath: '/b',
    host: 'app.test',
    routeHost: 'app.test',
    requestBodyBytes: 5,
    responseBodyBytes: 3,
    headerCount: 3,
    headerBytes: 'Host'.length + 'app.test'.length + 'Content-Length'.length + 1 + 'Connection'.length + 5 + 12,
  })
})

t.test('an answer of the gateway itself has bytes as well, to HEAD it has none', async (t) => {
  const { port, next } = await startObserved(t, (socket) => socket.resetAndDestroy())
  const answer = await sendRaw(port, requestText('GET /', ['Connection: close']))
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4)
  t.match(body, /^502 Bad Gateway\n/)
  t.match(await next(), { status: 502, responseBodyBytes: body.length })
  await sendRaw(port, requestText('HEAD /', ['Connection: close']))
  t.match(await next(), { status: 502, responseBodyBytes: 0 })
})

t.test('a request on a stale connection: two attempts', async (t) => {
  const { port, next } = await startObserved(t, (socket) => {
    socket.once('data', () => {
      socket.write(OK)
      socket.once('data', () => socket.resetAndDestroy())
    })
  })
  for (const attempts of [1, 2]) {
    await sendRaw(port, requestText('GET /', ['Connection: close']))
    t.match(await next(), { status: 200, attempts, isAborted: false })
  }
})

t.test('a backend that fails: the cause, and nobody left', async (t) => {
  const reset = await startObserved(t, (socket) => socket.once('data', () => socket.resetAndDestroy()))
  await sendRaw(reset.port, requestText('GET /'), /502 Bad Gateway\n/)
  t.match(await reset.next(), { status: 502, cause: 'DRAWBRIDGE_CORE_UPSTREAM_RESET', isAborted: false })
  const cut = await startObserved(t, (socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart'))
  })
  await sendRaw(cut.port, requestText('GET /'))
  t.match(await cut.next(), {
    status: 200,
    cause: 'DRAWBRIDGE_CORE_UPSTREAM_RESET',
    isAborted: false,
    responseBodyBytes: 4,
  })
})

t.test('a client that leaves before its answer: no status', async (t) => {
  const arrived = Promise.withResolvers<void>()
  const { port, next } = await startObserved(t, (socket) => socket.once('data', () => arrived.resolve()))
  const client = openClient(t, port, requestText('GET /'))
  await arrived.promise
  client.socket.destroy()
  t.match(await next(), { status: 0, cause: '', isAborted: true })
})

t.test('a client that leaves in the middle of its answer', async (t) => {
  const { port, next } = await startObserved(t, (socket) => {
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart'))
  })
  const client = openClient(t, port, requestText('GET /'))
  await client.until(/part/)
  client.socket.destroy()
  t.match(await next(), { status: 200, cause: '', isAborted: true })
})

t.test('what the gateway refuses: status and cause', async (t) => {
  const { port, next } = await startObserved(t, () => t.fail('it reached the backend'))
  await sendRaw(port, requestText('GET /%zz'))
  t.match(await next(), { status: 400, cause: 'DRAWBRIDGE_CORE_BAD_REQUEST', attempts: 0, isAborted: false })
  await sendRaw(port, requestText('POST /', ['Expect: x', 'Content-Length: 1'], 'x'))
  t.match(await next(), { status: 417, cause: 'DRAWBRIDGE_CORE_EXPECTATION_FAILED' })
})

/** A gateway with one backend that hands out the record of each request when it is over. */
async function startObserved(
  t: Teardown,
  onSocket: (socket: Socket) => void,
): Promise<{ readonly port: number; next(): Promise<RequestRecord> }> {
  const finished: RequestRecord[] = []
  let wake = () => {}
  const observer = makePlugin({
    name: 'observer',
    wire: (_app, _options, host) =>
      host.onFinish((record) => {
        finished.push(record)
        wake()
      }),
  })
  const { url } = await startRawBackend(t, onSocket)
  const { port } = await startGateway(t, { routes: { 'app.test': url }, plugins: [[observer]] })
  return {
    port,
    async next() {
      while (finished.length === 0) await new Promise<void>((resolve) => (wake = resolve))
      return finished.shift() as RequestRecord
    },
  }
}
