import { plugin as headers } from '@drawbridge/plugin-headers'
import { resolveOptions } from '@drawbridge/plugin-kit'
import t from 'tap'
import { parse } from 'yaml'
import { sendRaw } from '../support/fixtures.ts'
import { ask, HTTPS, type Raw, reached, readAnswer, serveWithHeaders } from '../support/headers-gateway.ts'

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

const routes: readonly { host: string; headers: Raw }[] = SNIPPETS.split(/^(?=host:)/m)
  .slice(1)
  .map((text) => parse(text))

function snippet(host: string): Raw {
  const found = routes.find((route) => route.host === host)
  if (found === undefined) throw new Error(`no snippet for ${host}`)
  return found.headers
}

t.test('every example of the requirement loads, with the warnings that belong to it', async (t) => {
  const codes = routes.map(({ headers: raw }) => {
    const resolution = resolveOptions(headers.options, raw)
    if (!('value' in resolution)) throw new Error(JSON.stringify(resolution.problems))
    return (headers.check?.(resolution.value) ?? []).map(({ severity, code }) => `${severity} ${code}`)
  })
  t.strictSame(codes, [['warning cookie-removed', 'warning xss-filter'], [], ['warning hsts-preload']])
})

t.test('the Pterodactyl example changes the request as written', async (t) => {
  const { port } = await serveWithHeaders(t, snippet('gpanel.chilla55.de'))
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
  const { port } = await serveWithHeaders(t, snippet('gpanel.chilla55.de'))
  const head = 'GET / HTTP/1.1\r\nHost: app.test\r\nConnection: close, X-Real-IP, X-Forwarded-Proto\r\n\r\n'
  const got = reached(readAnswer(await sendRaw(port, head)))
  t.equal(got['x-real-ip'], '127.0.0.1')
  t.equal(got['x-forwarded-proto'], 'https')
})

t.test('the Pterodactyl example changes the answer as written', async (t) => {
  const { port } = await serveWithHeaders(t, snippet('gpanel.chilla55.de'), (_request, response) => {
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
  const { port, seen } = await serveWithHeaders(t, snippet('api.example.com'))
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
  const { port } = await serveWithHeaders(t, snippet('vault.chilla55.de'), (_request, response) => {
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
    const { port } = await serveWithHeaders(
      t,
      parse(`preset: ${preset}  # or 'security-basic', 'cors-permissive', 'api'`),
    )
    const answer = await ask(port, 'GET /', [HTTPS])
    t.equal(answer.status, 200)
    const [name, value] = preset.startsWith('security')
      ? (['x-content-type-options', 'nosniff'] as const)
      : (['access-control-allow-origin', '*'] as const)
    t.equal(answer.header(name), value)
  })
}

t.test('app: vaultwarden keeps a preset off its connector pages', async (t) => {
  const { port } = await serveWithHeaders(t, { ...headers.presets?.vaultwarden, preset: 'security-strict' })
  const connector = await ask(port, 'GET /webauthn-connector.html?data=1', [HTTPS])
  t.equal(connector.header('x-frame-options'), undefined)
  t.equal(connector.header('content-security-policy'), undefined)
  t.equal(connector.header('x-content-type-options'), 'nosniff')
  const page = await ask(port, 'GET /', [HTTPS])
  t.equal(page.header('x-frame-options'), 'DENY')
})
