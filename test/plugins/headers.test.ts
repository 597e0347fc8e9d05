import { plugin as headers } from '@drawbridge/plugin-headers'
import t from 'tap'
import { makePlugin, sendRaw, startBackend, startGateway, startRawBackend } from '../support/fixtures.ts'
import { ask, HTTPS, reached, readAnswer, serveWithHeaders } from '../support/headers-gateway.ts'

t.test('what a client writes into its path cannot end a header on either side', async (t) => {
  const raw = { request: { set: { 'X-Path': `\${path}` } }, response: { set: { 'X-Path': `\${path}` } } }
  const { port, seen } = await serveWithHeaders(t, raw)
  const odd = await ask(port, 'GET /gr%C3%BC%C3%9Fe%20%E2%82%AC')
  t.equal(odd.header('x-path'), '/gr%C3%BC%C3%9Fe %E2%82%AC')
  t.equal(reached(odd)['x-path'], '/gr%C3%BC%C3%9Fe %E2%82%AC')
  const attack = await ask(port, 'GET /a%0d%0aSet-Cookie:%20b=1')
  t.equal(attack.status, 400)
  t.notOk(attack.lines.some((line) => line.startsWith('set-cookie')))
  t.equal(seen.length, 1)
})

t.test('cookies and other repeated headers stay apart on the wire', async (t) => {
  const { port } = await serveWithHeaders(
    t,
    { response: { append: { 'Set-Cookie': ['c=3', 'd=4'] } } },
    (_request, response) => {
      response.setHeader('Set-Cookie', ['a=1', 'b=2'])
      response.setHeader('Link', ['</a>', '</b>'])
      response.end()
    },
  )
  const { lines } = await ask(port, 'GET /')
  t.strictSame(
    lines.filter((line) => line.startsWith('set-cookie')),
    ['set-cookie: a=1', 'set-cookie: b=2', 'set-cookie: c=3', 'set-cookie: d=4'],
  )
  t.equal(lines.filter((line) => line.startsWith('link')).length, 2)
})

t.test('a 304 gets what is set, and no defaults', async (t) => {
  const raw = { preset: 'security-strict', response: { set: { 'X-A': '1' } } }
  const { port } = await serveWithHeaders(t, raw, (_request, response) =>
    response.writeHead(304, { Server: 'nginx' }).end(),
  )
  const answer = await ask(port, 'GET /', [HTTPS, 'If-None-Match: "a"'])
  t.equal(answer.status, 304)
  t.equal(answer.header('x-a'), '1')
  t.equal(answer.header('content-security-policy'), undefined)
  t.equal(answer.header('server'), undefined)
})

t.test('an upgrade gets what is set, and no defaults', async (t) => {
  const backend = await startRawBackend(t, (socket) => {
    socket.once('data', () =>
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nServer: x\r\n\r\n',
      ),
    )
  })
  const { port } = await startGateway(t, {
    routes: { 'app.test': backend.url },
    plugins: [[headers, { preset: 'security-strict', response: { set: { 'X-A': '1' } } }]],
  })
  const lines = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: a', 'Sec-WebSocket-Version: 13']
  const head = ['GET / HTTP/1.1', 'Host: app.test', ...lines].join('\r\n')
  const answer = readAnswer(await sendRaw(port, `${head}\r\n\r\n`, /\r\n\r\n/))
  t.equal(answer.status, 101)
  t.equal(answer.header('x-a'), '1')
  t.equal(answer.header('x-frame-options'), undefined)
  t.equal(answer.header('server'), undefined)
})

t.test("the gateway's own answers have the headers of the route and no Server", async (t) => {
  const { port } = await startGateway(t, {
    routes: { 'app.test': 'http://127.0.0.1:1' },
    plugins: [[headers, { preset: ['security-strict', 'cors-permissive'] }]],
  })
  const answer = await ask(port, 'GET /')
  t.equal(answer.status, 502)
  t.equal(answer.header('x-content-type-options'), 'nosniff')
  t.equal(answer.header('access-control-allow-origin'), '*')
  t.equal(answer.header('server'), undefined)
})

t.test('api refuses a body that is not JSON before the backend sees a byte of it', async (t) => {
  const { port, seen } = await serveWithHeaders(t, { preset: 'api' })
  const lines = ['Content-Type: text/xml', 'Transfer-Encoding: chunked', 'Origin: https://a.example']
  const refused = await ask(port, 'POST /', lines, '3\r\n<a>\r\n0\r\n\r\n')
  t.equal(refused.status, 415)
  t.equal(refused.header('access-control-allow-origin'), '*')
  const doubled = ['Content-Type: application/json', 'Content-Type: text/xml', 'Content-Length: 2']
  t.equal((await ask(port, 'POST /', doubled, '{}')).status, 415)
  t.equal((await ask(port, 'POST /', ['Transfer-Encoding: chunked'], '2\r\n{}\r\n0\r\n\r\n')).status, 415)
  t.strictSame(seen, [])
  const json = await ask(port, 'POST /', ['Content-Type: application/json', 'Content-Length: 2'], '{}')
  t.equal(json.status, 200)
  t.equal((await ask(port, 'DELETE /1')).status, 200)
  t.strictSame(seen, ['POST /', 'DELETE /1'])
})

t.test('cors answers preflights with a body, too, and keeps the connection clean', async (t) => {
  const { port, seen } = await serveWithHeaders(t, { cors: { origins: 'https://a.example' } })
  const lines = ['Origin: https://a.example', 'Access-Control-Request-Method: PUT', 'Content-Length: 5']
  const answer = await ask(port, 'OPTIONS /', lines, 'hello')
  t.equal(answer.status, 204)
  t.equal(answer.header('access-control-allow-origin'), 'https://a.example')
  t.equal(answer.header('vary'), 'Origin')
  t.equal(answer.body, '')
  t.strictSame(seen, [])
})

t.test('without CORS a preflight is the backend’s to answer', async (t) => {
  const { port, seen } = await serveWithHeaders(t, { preset: 'security-basic' })
  const lines = ['Origin: https://a.example', 'Access-Control-Request-Method: PUT']
  t.equal((await ask(port, 'OPTIONS /', lines)).status, 200)
  t.strictSame(seen, ['OPTIONS /'])
})

t.test('answers whose body a plugin claims are changed like any other', async (t) => {
  const claimer = makePlugin({ name: 'claimer', phase: 'respond', response: () => ({ claimsBody: () => true }) })
  const backend = await startBackend(t, (_request, response) => {
    response.setHeader('Server', 'nginx')
    response.setHeader('Vary', 'Accept')
    response.setHeader('Set-Cookie', ['a=1', 'b=2'])
    response.end('page')
  })
  const { port } = await startGateway(t, {
    routes: { 'app.test': backend.url },
    plugins: [
      [headers, { cors: { origins: 'https://a.example' }, response: { append: { 'Set-Cookie': 'c=3' } } }],
      [claimer],
    ],
  })
  const answer = await ask(port, 'GET /', ['Origin: https://a.example'])
  t.match(answer.body, /page/)
  t.equal(answer.header('server'), undefined)
  t.equal(answer.header('vary'), 'Accept, Origin')
  t.equal(answer.header('access-control-allow-origin'), 'https://a.example')
  t.equal(answer.lines.filter((line) => line.startsWith('set-cookie')).length, 3)
})
