import { Transform } from 'node:stream'
import type { Dispatch, Plugin, RequestRecord } from '@drawbridge/plugin-kit'
import t from 'tap'
import { makePlugin, sendRaw, startBackend, startGateway, startRawBackend } from '../../../test/support/fixtures.ts'
import { openClient, requestText } from './raw-client.ts'

const GET = requestText('GET /', ['Connection: close'])

/** Upper-cases bodies on the general way: claims every answer and changes the stream in `onSend`. */
const upperCase = makePlugin({
  name: 'upper-case',
  phase: 'respond',
  wire(app) {
    app.addHook('onSend', (_request, reply, payload, done) => {
      if (typeof (payload as { pipe?: unknown }).pipe !== 'function') return done(null, payload)
      reply.removeHeader('content-length')
      const change = new Transform({
        transform: (chunk: Buffer, _encoding, done) => done(null, chunk.toString('latin1').toUpperCase()),
      })
      return done(null, (payload as NodeJS.ReadableStream).pipe(change))
    })
  },
  response: () => ({ claimsBody: () => true }),
})

t.test('a claimed body passes onSend as a stream, piece by piece', async (t) => {
  let send = (_text: string) => {}
  const { url } = await startBackend(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' })
    send = (text) => response.write(text)
    send('one,')
  })
  const { port } = await startGateway(t, { routes: { 'app.test': url }, plugins: [[upperCase]] })
  const client = openClient(t, port, requestText('GET /'))
  await client.until(/ONE,/)
  send('two,')
  t.match(await client.until(/TWO,/), /ONE,[\s\S]*TWO,/)
})

t.test('a claimed answer keeps its status and every header line', async (t) => {
  const { url } = await startBackend(t, (_request, response) => {
    response.writeHead(203, ['Link', '</a>', 'Set-Cookie', 'a=1', 'Link', '</b>', 'Set-Cookie', 'b=2', 'X-A', 'x'])
    response.end('body')
  })
  const { port } = await startGateway(t, { routes: { 'app.test': url }, plugins: [[upperCase]] })
  const received = await sendRaw(port, GET)
  t.match(received, /^HTTP\/1\.1 203 /)
  for (const line of ['link: </a>', 'link: </b>', 'set-cookie: a=1', 'set-cookie: b=2', 'x-a: x'])
    t.ok(received.toLowerCase().includes(`\r\n${line}\r\n`), line)
  t.match(received, /BODY/)
})

t.test('headers called like parts of objects are headers like any other', async (t) => {
  const lines = ['__proto__: a', 'constructor: b', 'hasOwnProperty: c', 'toString: d']
  const edits = makePlugin({
    name: 'edits',
    response: () => ({ headers: [{ operation: 'set', name: 'X-Edited', value: 'yes' }] }),
  })
  const { url } = await startRawBackend(t, (socket) => {
    socket.on('data', () => socket.write(`HTTP/1.1 200 OK\r\n${lines.join('\r\n')}\r\nContent-Length: 2\r\n\r\nok`))
  })
  for (const plugins of [[], [[edits]], [[upperCase]], [[upperCase], [edits]]] as const) {
    const { port } = await startGateway(t, { routes: { 'app.test': url }, plugins })
    const received = await sendRaw(port, requestText('GET /', [...lines, 'Connection: close']))
    t.match(received, /^HTTP\/1\.1 200 [\s\S]*\r\n\r\n[\s\S]*ok/i)
  }
  t.equal(({} as Record<string, unknown>).a, undefined)
})

t.test('a claimed answer without a body has none', async (t) => {
  const { url } = await startBackend(t, (request, response) => {
    response.writeHead(request.url === '/204' ? 204 : 304, { etag: '"x"' }).end()
  })
  const { port } = await startGateway(t, { routes: { 'app.test': url }, plugins: [[upperCase]] })
  for (const target of ['GET /204', 'GET /304', 'HEAD /304'])
    t.match(await sendRaw(port, requestText(target, ['Connection: close'])), /etag: "x"[\s\S]*\r\n\r\n$/, target)
})

t.test('a claimed answer that the backend cuts off is cut off', async (t) => {
  const { url } = await startRawBackend(t, (socket) => {
    socket.on('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart')
      setTimeout(() => socket.resetAndDestroy(), 20)
    })
  })
  const { port, log } = await startGateway(t, { routes: { 'app.test': url }, plugins: [[upperCase]] })
  t.notMatch(await sendRaw(port, GET), /\r\n0\r\n\r\n$/)
  t.match(log.lines, [{ facts: { code: 'DRAWBRIDGE_CORE_UPSTREAM_RESET' } }])
})

t.test('a client that leaves a claimed answer ends the request at the backend', async (t) => {
  const gone = Promise.withResolvers<void>()
  const { url } = await startRawBackend(t, (socket) => {
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart'))
    socket.on('close', () => gone.resolve())
  })
  const { port } = await startGateway(t, { routes: { 'app.test': url }, plugins: [[upperCase]] })
  const client = openClient(t, port, requestText('GET /'))
  await client.until(/PART/)
  client.socket.destroy()
  await gone.promise
  t.pass('its connection is gone')
})

t.test('an answer can be replaced by an error; the backend’s body is thrown away', async (t) => {
  const seen: number[] = []
  const replacer = makePlugin({
    name: 'replacer',
    phase: 'respond',
    response: () => ({
      replace(head, record) {
        seen.push(head.status)
        return record.path === '/no' ? Object.assign(new Error('no'), { statusCode: 451, code: 'NO' }) : undefined
      },
    }),
  })
  const { url } = await startBackend(t, (_request, response) => response.end('secret '.repeat(10_000)))
  const { port } = await startGateway(t, { routes: { 'app.test': url }, plugins: [[replacer]] })
  const replaced = await sendRaw(port, requestText('GET /no', ['Connection: close']))
  t.match(replaced, /^HTTP\/1\.1 451 /)
  t.notMatch(replaced, /secret/)
  t.match(await sendRaw(port, requestText('GET /yes', ['Connection: close'])), /^HTTP\/1\.1 200 [\s\S]*secret/)
  t.same(seen, [200, 200])
})

t.test('interceptors are folded in the order of their plugins: the last is outermost', async (t) => {
  const order: string[] = []
  const intercepting = (name: string): Plugin =>
    makePlugin({
      name,
      phase: 'upstream',
      upstream: () => ({
        intercept(dispatch: Dispatch): Dispatch {
          return (request, handler) => {
            order.push(name)
            return dispatch({ ...request, headers: [...request.headers, 'X-By', name] }, handler)
          }
        },
      }),
    })
  const { url } = await startBackend(t, (request, response) => response.end(request.headers['x-by']))
  const plugins = ['first', 'second', 'third'].map((name) => [intercepting(name)] as const)
  const { port } = await startGateway(t, { routes: { 'app.test': url }, plugins })
  t.match(await sendRaw(port, GET), /third, second, first$/)
  t.same(order, ['third', 'second', 'first'])
})

t.test('an interceptor can answer in the backend’s place, also with an error', async (t) => {
  const breaker = makePlugin({
    name: 'breaker',
    phase: 'upstream',
    upstream: () => ({
      intercept: (): Dispatch => (_request, handler) => {
        const controller = { pause() {}, resume() {}, abort() {} }
        queueMicrotask(() =>
          handler.onResponseError(Object.assign(new Error('open'), { statusCode: 503, code: 'DRAWBRIDGE_OPEN' }), true),
        )
        return controller
      },
    }),
  })
  const { url } = await startRawBackend(t, () => t.fail('it reached the backend'))
  const { port } = await startGateway(t, { routes: { 'app.test': url }, plugins: [[breaker]] })
  t.match(await sendRaw(port, GET), /^HTTP\/1\.1 503 /)
})

t.test('header edits reach the backend and every answer, the gateway’s own too', async (t) => {
  const headers = makePlugin({
    name: 'edits',
    phase: 'shape',
    upstream: () => ({
      headers: [{ operation: 'set', name: 'X-To-Backend', value: (record: RequestRecord) => record.path }],
    }),
    response: () => ({
      headers: [
        { operation: 'set', name: 'X-To-Client', value: 'yes' },
        { operation: 'remove', name: 'X-Secret' },
      ],
    }),
  })
  const { url } = await startBackend(t, (request, response) => {
    response.setHeader('X-Secret', '1').end(`got ${request.headers['x-to-backend']}`)
  })
  const { port } = await startGateway(t, {
    routes: { 'app.test': url, 'dead.test': 'http://127.0.0.1:1' },
    plugins: [[headers]],
  })
  const served = await sendRaw(port, requestText('GET /a', ['X-To-Backend: forged', 'Connection: close']))
  t.match(served, /\r\nX-To-Client: yes\r\n[\s\S]*got \/a$/)
  t.notMatch(served, /X-Secret/i)
  for (const host of ['dead.test', 'unknown.test'])
    t.match(await sendRaw(port, GET.replace('app.test', host)), /\r\nx-to-client: yes\r\n/i, host)
})

t.test('hooks run in the order of their phases, whatever the order of the plugins', async (t) => {
  const order: string[] = []
  const phases = ['record', 'respond', 'upstream', 'shape', 'guard', 'gate', 'trace'] as const
  const plugins = phases.map((phase) => {
    const wire: Plugin['wire'] = (app) =>
      app.addHook('onRequest', (_request, _reply, done) => done(void order.push(phase)))
    return [makePlugin({ name: `p-${phase}`, phase, wire })] as const
  })
  const { url } = await startBackend(t, (_request, response) => response.end())
  const { port } = await startGateway(t, { routes: { 'app.test': url }, plugins })
  await sendRaw(port, GET)
  t.same(order, [...phases].reverse())
  order.length = 0
  await sendRaw(port, requestText('GET /..'))
  t.same(order, ['trace'], 'what the front refuses is traced and goes no further')
})

t.test('a hook that fails by accident is a 500 without a word of why, and in the log', async (t) => {
  const faulty = makePlugin({
    name: 'faulty',
    phase: 'guard',
    wire: (app) =>
      app.addHook('onRequest', () => {
        throw new Error('secret detail')
      }),
  })
  const { url } = await startBackend(t, (_request, response) => response.end())
  const { port, log } = await startGateway(t, { routes: { 'app.test': url }, plugins: [[faulty]] })
  const received = await sendRaw(port, GET)
  t.match(received, /^HTTP\/1\.1 500 /)
  t.notMatch(received, /secret/)
  t.match(log.lines, [{ level: 'error', facts: { err: { message: 'secret detail' } } }])
})

t.test('an observer that fails spoils no request and no other observer', async (t) => {
  const seen: string[] = []
  const failing = makePlugin({
    name: 'failing',
    wire: (_app, _options, host) =>
      host.onFinish(() => {
        throw new Error('full disk')
      }),
  })
  const other = makePlugin({
    name: 'other',
    wire: (_app, _options, host) => host.onFinish(({ path }) => seen.push(path)),
  })
  const { url } = await startBackend(t, (_request, response) => response.end('ok'))
  const { port } = await startGateway(t, { routes: { 'app.test': url }, plugins: [[failing], [other]] })
  t.match(await sendRaw(port, GET), /ok$/)
  t.match(await sendRaw(port, GET), /ok$/)
  t.same(seen, ['/', '/'])
})
