import { connect } from 'node:net'
import t from 'tap'

import { makePlugin, startBackend, startGateway } from '../../../test/support/fixtures.ts'

t.test(
  'a backend below a path is asked below it, queries byte for byte, and redirects lose the path again',
  async (t) => {
    const asked: (string | undefined)[] = []
    const backend = await startBackend(t, (request, response) => {
      asked.push(request.url)
      response.writeHead(302, { location: '/app/login?next=/x' }).end()
    })
    const { url } = await startGateway(t, { routes: { '127.0.0.1': `${backend.url}/app` } })
    for (const path of ['/', '/a%2Fb?q=1&q=%20x&&', '/deep/er/'])
      t.equal((await fetch(url + path, { redirect: 'manual' })).headers.get('location'), '/login?next=/x')
    t.strictSame(asked, ['/app/', '/app/a%2Fb?q=1&q=%20x&&', '/app/deep/er/'])
  },
)

t.test("redirects and cookies of a backend below a path are the client's own again", async (t) => {
  const places = [
    '/app',
    '/app?x',
    '/application',
    'http://HOST/app/a',
    '//HOST/app/a',
    'http://elsewhere.test/app/a',
    'a/b',
  ]
  const backend = await startBackend(t, (request, response) => {
    const place = places[Number(request.url?.split('/').at(-1))]?.replace('HOST', request.headers.host ?? '')
    response.setHeader('set-cookie', ['a=1; Path=/app; HttpOnly', 'b=2; path=/app/deep', 'c=3; Path=/other', 'd=4'])
    response.writeHead(302, { location: place }).end()
  })
  const { url } = await startGateway(t, { routes: { '127.0.0.1': `${backend.url}/app` } })
  const seen: (string | null)[] = []
  for (const index of places.keys()) {
    const { headers } = await fetch(`${url}/${index}`, { redirect: 'manual' })
    seen.push(headers.get('location'))
    t.strictSame(headers.getSetCookie(), ['a=1; Path=/; HttpOnly', 'b=2; path=/deep', 'c=3; Path=/other', 'd=4'])
  }
  t.strictSame(seen, ['/', '/?x', '/application', '/a', '/a', 'http://elsewhere.test/app/a', 'a/b'])
})

t.test('a request below a path cannot leave it', async (t) => {
  let asked = 0
  const backend = await startBackend(t, (_request, response) => {
    asked += 1
    response.end()
  })
  const { port } = await startGateway(t, { routes: { '127.0.0.1': `${backend.url}/app` } })
  const status = await new Promise<string>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('data', (data) => resolve(data.toString().slice(9, 12)))
    socket.end('GET /../admin HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  })
  t.equal(status, '400')
  t.equal(asked, 0)
})

t.test('a client that leaves while a plugin thinks costs the backend nothing', async (t) => {
  let asked = 0
  const backend = await startBackend(t, (_request, response) => {
    asked += 1
    response.end()
  })
  const { promise: isThinking, resolve: onThinking } = Promise.withResolvers<() => void>()
  const slow = makePlugin({
    name: 'slow',
    phase: 'guard',
    wire(app, _options, host) {
      app.addHook('onRequest', (_request, _reply, done) => onThinking(done))
      host.onFinish(() => onOver())
    },
  })
  const { promise: isOver, resolve: onOver } = Promise.withResolvers<void>()
  const { port } = await startGateway(t, { routes: { '127.0.0.1': backend.url }, plugins: [[slow]] })
  const socket = connect(port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  const done = await isThinking
  socket.destroy()
  await isOver
  done()
  t.equal(asked, 0)
})
