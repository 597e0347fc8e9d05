import { connect } from 'node:net'
import { type Exchange, peekBody } from '@drawbridge/plugin-kit'
import t from 'tap'
import { echoListener, makePlugin, startBackend, startGateway, until } from '../../../test/support/fixtures.ts'

interface Peeked {
  readonly text: string
  readonly isWhole: boolean
}

t.test('a peek sees the beginning of a body, and the backend still gets all of it', async (t) => {
  for (const [bytes, maxBytes] of [
    [0, 10],
    [5, 10],
    [10, 10],
    [300_000, 1000],
    [300_000, 1_000_000],
  ] as const) {
    for (const isChunked of [false, true]) {
      const { url, peeked } = await start(t, maxBytes)
      const body = 'x'.repeat(bytes)
      const response = await fetch(url, { method: 'POST', ...bodyOf(body, isChunked) })
      t.equal(((await response.json()) as { body: string }).body.length, bytes, `${bytes} bytes arrive`)
      const [first] = peeked
      t.ok((first?.text.length ?? 0) >= Math.min(bytes, maxBytes), `${bytes} of ${maxBytes}`)
      if (bytes < maxBytes) t.equal(first?.isWhole, true)
      if (maxBytes === 1000)
        t.ok((first?.text.length ?? 0) < 200_000 && first?.isWhole === false, 'no more than it must')
    }
  }
})

t.test('two plugins peek at the same body', async (t) => {
  const peeked: Peeked[] = []
  const backend = await startBackend(t, echoListener)
  const { url } = await startGateway(t, {
    routes: { '127.0.0.1': backend.url },
    plugins: [[peeking('one', 10, peeked)], [peeking('two', 100_000, peeked)]],
  })
  const response = await fetch(url, { method: 'POST', body: 'hello' })
  t.match(await response.json(), { body: 'hello' })
  t.strictSame(peeked, [
    { text: 'hello', isWhole: true },
    { text: 'hello', isWhole: true },
  ])
})

t.test('a client that asks for permission gets it from the peek', async (t) => {
  const { port, peeked } = await start(t, 100)
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  let received = ''
  socket.setEncoding('latin1').on('data', (text) => {
    received += text
    if (text.includes('100 Continue')) socket.write('hello')
  })
  socket.write('POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n')
  await until(() => received.includes('"body":"hello"'))
  t.equal(received.match(/100 Continue/g)?.length, 1)
  t.strictSame(peeked, [{ text: 'hello', isWhole: true }])
})

t.test('while a peek waits, the request has an exchange that waits for the client and can be ended', async (t) => {
  const seen: Exchange[] = []
  const watch = makePlugin({
    name: 'watch',
    phase: 'trace',
    wire(app) {
      app.addHook('onRequest', (request, _reply, done) => {
        setImmediate(() => request.gateway.exchange !== undefined && seen.push(request.gateway.exchange))
        done()
      })
    },
  })
  const backend = await startBackend(t, echoListener)
  const { port } = await startGateway(t, {
    routes: { '127.0.0.1': backend.url },
    plugins: [[watch], [peeking('one', 100, [])]],
  })
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  let received = ''
  socket.setEncoding('latin1').on('data', (text) => {
    received += text
  })
  socket.write('POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50\r\n\r\nslow')
  await until(() => seen.length > 0)
  t.match(seen[0], { phase: 'sending', waitingFor: 'client' })
  seen[0]?.fail(Object.assign(new Error('too slow'), { statusCode: 408 }))
  await until(() => received.startsWith('HTTP/1.1 408 '))
  t.pass('answered')
})

t.test('a client that leaves during a peek leaves nothing behind', async (t) => {
  const finished: boolean[] = []
  const observer = makePlugin({
    name: 'observer',
    wire: (_app, _options, host) => host.onFinish(({ isAborted }) => finished.push(isAborted)),
  })
  const backend = await startBackend(t, echoListener)
  const { port } = await startGateway(t, {
    routes: { '127.0.0.1': backend.url },
    plugins: [[peeking('one', 100, [])], [observer]],
  })
  const socket = connect(port, '127.0.0.1')
  socket.write('POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50\r\n\r\nslow')
  setTimeout(() => socket.resetAndDestroy(), 20)
  await until(() => finished.length > 0)
  t.strictSame(finished, [true])
})

async function start(t: Parameters<typeof startBackend>[0], maxBytes: number) {
  const peeked: Peeked[] = []
  const backend = await startBackend(t, echoListener)
  const plugins = [[peeking('one', maxBytes, peeked)]] as const
  const gateway = await startGateway(t, { routes: { '127.0.0.1': backend.url }, plugins })
  return { ...gateway, peeked }
}

function peeking(name: string, maxBytes: number, peeked: Peeked[]) {
  return makePlugin({
    name,
    phase: 'guard',
    wire(app, _options, { clock }) {
      app.addHook('onRequest', (request, reply, done) => {
        const parts = { clock, record: request.gateway, request: request.raw, response: reply.raw }
        peekBody(parts, maxBytes, (error, body, isWhole) => {
          if (error === undefined) peeked.push({ text: body.toString(), isWhole })
          done(error)
        })
      })
    },
  })
}

function bodyOf(text: string, isChunked: boolean): RequestInit {
  if (!isChunked) return { body: text }
  const stream = new ReadableStream({
    start(controller) {
      for (let i = 0; i < text.length; i += 50_000) controller.enqueue(Buffer.from(text.slice(i, i + 50_000)))
      controller.close()
    },
  })
  return { body: stream, duplex: 'half' } as RequestInit
}
