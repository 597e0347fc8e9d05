import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import { plugin as headers } from '@drawbridge/plugin-headers'
import { resolveOptions } from '@drawbridge/plugin-kit'
import t from 'tap'
import { parse } from 'yaml'
import {
  echoListener,
  makePlugin,
  sendRaw,
  startBackend,
  startGateway,
  startRawBackend,
  type Teardown,
} from '../support/fixtures.ts'

/** The examples of requirement #25 as they are written there. */
const SNIPPETS = `# Pterodactyl (public, needs security headers)
host: gpanel.chilla55.de
backend: http://pterodactyl_panel:80
headers:
  request:
    add:
      X-Forwarded-Proto: https
      X-Real-IP: \${client_ip}
    remove:
      - Cookie  # Don't send cookies to backend
  response:
    add:
      Strict-Transport-Security: "max-age=31536000; includeSubDomains"
      X-Frame-Options: "SAMEORIGIN"
      X-Content-Type-Options: "nosniff"
      X-XSS-Protection: "1; mode=block"
      Referrer-Policy: "strict-origin-when-cross-origin"
      Permissions-Policy: "geolocation=(), microphone=(), camera=()"
    remove:
      - Server
      - X-Powered-By
      
# API with CORS
host: api.example.com
backend: http://api_service:3000
headers:
  response:
    add:
      Access-Control-Allow-Origin: "https://example.com"
      Access-Control-Allow-Methods: "GET, POST, PUT, DELETE"
      Access-Control-Allow-Headers: "Content-Type, Authorization"
      Access-Control-Max-Age: "86400"
      
# Vaultwarden (strict CSP)
host: vault.chilla55.de
backend: http://vaultwarden:80
headers:
  response:
    add:
      Content-Security-Policy: "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'"
      Strict-Transport-Security: "max-age=31536000; includeSubDomains; preload"
      X-Frame-Options: "DENY"
`

type Raw = Record<string, unknown>

const routes: readonly { host: string; headers: Raw }[] = SNIPPETS.split(/^(?=host:)/m)
  .slice(1)
  .map((text) => parse(text))

function snippet(host: string): Raw {
  const found = routes.find((route) => route.host === host)
  if (found === undefined) throw new Error(`no snippet for ${host}`)
  return found.headers
}

/** A gateway on 127.0.0.1 that believes `X-Forwarded-Proto`, with the plugin before a backend. */
async function serve(t: Teardown, raw: Raw, listener: RequestListener = echoListener) {
  const seen: string[] = []
  const backend = await startBackend(t, (request, response) => {
    seen.push(`${request.method} ${request.url}`)
    listener(request, response)
  })
  const gateway = await startGateway(t, {
    routes: { 'app.test': backend.url },
    plugins: [[headers, raw]],
    config: { trustedProxies: ['127.0.0.1'] },
  })
  return { ...gateway, seen }
}

interface Answer {
  readonly status: number
  /** `name: value` as they came over the wire, names in lower case. */
  readonly lines: readonly string[]
  readonly body: string
  header(name: string): string | undefined
}

async function ask(port: number, request: string, lines: readonly string[] = [], body = ''): Promise<Answer> {
  const head = [`${request} HTTP/1.1`, 'Host: app.test', 'Connection: close', ...lines].join('\r\n')
  return readAnswer(await sendRaw(port, `${head}\r\n\r\n${body}`))
}

function readAnswer(text: string): Answer {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [statusLine = '', ...raw] = head.split('\r\n')
  const lines = raw.map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()))
  return {
    status: Number(statusLine.split(' ')[1]),
    lines,
    body: rest.join('\r\n\r\n'),
    header: (name) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2),
  }
}

function reached(answer: Answer): IncomingHttpHeaders {
  return JSON.parse(answer.body.slice(answer.body.indexOf('{'), answer.body.lastIndexOf('}') + 1)).headers
}

const HTTPS = 'X-Forwarded-Proto: https'

t.test('every example of the requirement loads, with the warnings that belong to it', async (t) => {
  const codes = routes.map(({ headers: raw }) => {
    const resolution = resolveOptions(headers.options, raw)
    if (!('value' in resolution)) throw new Error(JSON.stringify(resolution.problems))
    return (headers.check?.(resolution.value) ?? []).map(({ severity, code }) => `${severity} ${code}`)
  })
  t.strictSame(codes, [['warning cookie-removed', 'warning xss-filter'], [], ['warning hsts-preload']])
})

t.test('the Pterodactyl example changes the request as written', async (t) => {
  const { port } = await serve(t, snippet('gpanel.chilla55.de'))
  const answer = await ask(port, 'GET /', [
    'X-Real-IP: 203.0.113.9',
    'x-real-ip: 203.0.113.10',
    'X-Forwarded-Proto: http',
    'Cookie: session=1',
    'Cookie: other=2',
  ])
  const got = reached(answer)
  t.equal(got['x-forwarded-proto'], 'https')
  t.equal(got['x-real-ip'], '127.0.0.1')
  t.notOk('cookie' in got)
})

t.test('a client cannot take away what the route sets by naming it in Connection', async (t) => {
  const { port } = await serve(t, snippet('gpanel.chilla55.de'))
  const head = 'GET / HTTP/1.1\r\nHost: app.test\r\nConnection: close, X-Real-IP, X-Forwarded-Proto\r\n\r\n'
  const got = reached(readAnswer(await sendRaw(port, head)))
  t.equal(got['x-real-ip'], '127.0.0.1')
  t.equal(got['x-forwarded-proto'], 'https')
})

t.test('the Pterodactyl example changes the answer as written', async (t) => {
  const { port } = await serve(t, snippet('gpanel.chilla55.de'), (_request, response) => {
    response.setHeader('Server', 'nginx')
    response.setHeader('x-powered-by', 'PHP/8.3')
    response.setHeader('x-frame-options', 'DENY')
    response.end('page')
  })
  const overHttps = await ask(port, 'GET /', [HTTPS])
  t.equal(overHttps.header('strict-transport-security'), 'max-age=31536000; includeSubDomains')
  t.equal(overHttps.header('x-content-type-options'), 'nosniff')
  t.equal(overHttps.header('x-xss-protection'), '1; mode=block')
  t.equal(overHttps.header('referrer-policy'), 'strict-origin-when-cross-origin')
  t.equal(overHttps.header('permissions-policy'), 'geolocation=(), microphone=(), camera=()')
  t.strictSame(
    overHttps.lines.filter((line) => /^(?:server|x-powered-by|x-frame-options):/.test(line)),
    ['x-frame-options: SAMEORIGIN'],
  )
  t.equal((await ask(port, 'GET /')).header('strict-transport-security'), undefined)
})

t.test('the API example is CORS that is answered, not only added', async (t) => {
  const { port, seen } = await serve(t, snippet('api.example.com'))
  const expected = {
    'access-control-allow-origin': 'https://example.com',
    'access-control-allow-methods': 'GET, POST, PUT, DELETE',
    'access-control-allow-headers': 'Content-Type, Authorization',
    'access-control-max-age': '86400',
  }
  const origin = 'Origin: https://example.com'
  const preflight = await ask(port, 'OPTIONS /items', [origin, 'Access-Control-Request-Method: PUT'])
  t.equal(preflight.status, 204)
  t.strictSame(seen, [], 'the backend need not know OPTIONS')
  const answer = await ask(port, 'PUT /items', [origin, 'Content-Length: 2'], '{}')
  t.equal(answer.status, 200)
  for (const [name, value] of Object.entries(expected)) {
    t.equal(preflight.header(name), value)
    t.equal(answer.header(name), value)
  }
  t.equal((await ask(port, 'OPTIONS /items')).status, 200)
  t.strictSame(seen, ['PUT /items', 'OPTIONS /items'], 'an OPTIONS that is no preflight goes to the backend')
})

t.test('the Vaultwarden example replaces what the application says', async (t) => {
  const { port } = await serve(t, snippet('vault.chilla55.de'), (_request, response) => {
    response.setHeader('Content-Security-Policy', "default-src 'none'")
    response.end('page')
  })
  const { lines } = await ask(port, 'GET /', [HTTPS])
  t.strictSame(
    lines.filter((line) => /^(?:content-security|strict|x-frame)/.test(line)),
    [
      "content-security-policy: default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'",
      'strict-transport-security: max-age=31536000; includeSubDomains; preload',
      'x-frame-options: DENY',
    ],
  )
})

for (const preset of ['security-strict', 'security-basic', 'cors-permissive', 'api']) {
  t.test(`preset: ${preset} loads as the requirement writes it and reaches the client`, async (t) => {
    const { port } = await serve(t, parse(`preset: ${preset}  # or 'security-basic', 'cors-permissive', 'api'`))
    const answer = await ask(port, 'GET /', [HTTPS])
    t.equal(answer.status, 200)
    const [name, value] = preset.startsWith('security')
      ? (['x-content-type-options', 'nosniff'] as const)
      : (['access-control-allow-origin', '*'] as const)
    t.equal(answer.header(name), value)
  })
}

t.test('app: vaultwarden keeps a preset off its connector pages', async (t) => {
  const { port } = await serve(t, { ...headers.presets?.vaultwarden, preset: 'security-strict' })
  const connector = await ask(port, 'GET /webauthn-connector.html?data=1', [HTTPS])
  t.equal(connector.header('x-frame-options'), undefined)
  t.equal(connector.header('content-security-policy'), undefined)
  t.equal(connector.header('x-content-type-options'), 'nosniff')
  const page = await ask(port, 'GET /', [HTTPS])
  t.equal(page.header('x-frame-options'), 'DENY')
})

t.test('what a client writes into its path cannot end a header on either side', async (t) => {
  const raw = { request: { set: { 'X-Path': `\${path}` } }, response: { set: { 'X-Path': `\${path}` } } }
  const { port, seen } = await serve(t, raw)
  const odd = await ask(port, 'GET /gr%C3%BC%C3%9Fe%20%E2%82%AC')
  t.equal(odd.header('x-path'), '/gr%C3%BC%C3%9Fe %E2%82%AC')
  t.equal(reached(odd)['x-path'], '/gr%C3%BC%C3%9Fe %E2%82%AC')
  const attack = await ask(port, 'GET /a%0d%0aSet-Cookie:%20b=1')
  t.equal(attack.status, 400)
  t.notOk(attack.lines.some((line) => line.startsWith('set-cookie')))
  t.equal(seen.length, 1)
})

t.test('cookies and other repeated headers stay apart on the wire', async (t) => {
  const { port } = await serve(t, { response: { append: { 'Set-Cookie': ['c=3', 'd=4'] } } }, (_request, response) => {
    response.setHeader('Set-Cookie', ['a=1', 'b=2'])
    response.setHeader('Link', ['</a>', '</b>'])
    response.end()
  })
  const { lines } = await ask(port, 'GET /')
  t.strictSame(
    lines.filter((line) => line.startsWith('set-cookie')),
    ['set-cookie: a=1', 'set-cookie: b=2', 'set-cookie: c=3', 'set-cookie: d=4'],
  )
  t.equal(lines.filter((line) => line.startsWith('link')).length, 2)
})

t.test('a 304 gets what is set, and no defaults', async (t) => {
  const raw = { preset: 'security-strict', response: { set: { 'X-A': '1' } } }
  const { port } = await serve(t, raw, (_request, response) => response.writeHead(304, { Server: 'nginx' }).end())
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
  const { port, seen } = await serve(t, { preset: 'api' })
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
  const { port, seen } = await serve(t, { cors: { origins: 'https://a.example' } })
  const lines = ['Origin: https://a.example', 'Access-Control-Request-Method: PUT', 'Content-Length: 5']
  const answer = await ask(port, 'OPTIONS /', lines, 'hello')
  t.equal(answer.status, 204)
  t.equal(answer.header('access-control-allow-origin'), 'https://a.example')
  t.equal(answer.header('vary'), 'Origin')
  t.equal(answer.body, '')
  t.strictSame(seen, [])
})

t.test('without CORS a preflight is the backend’s to answer', async (t) => {
  const { port, seen } = await serve(t, { preset: 'security-basic' })
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
