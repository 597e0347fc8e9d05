import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { buildApp } from './support/build-app.ts'

const APP = 'https://app.example.org'

function ask(app: FastifyInstance, origin: string, headers: Record<string, string> = {}) {
  return app.inject({ url: '/', headers: { origin, ...headers } })
}

function preflight(app: FastifyInstance, origin: string, headers: Record<string, string> = {}) {
  const asked = { origin, 'access-control-request-method': 'PUT', ...headers }
  return app.inject({ method: 'OPTIONS', url: '/', headers: asked })
}

interface OriginCase {
  readonly origins: string | readonly string[]
  readonly allowed: readonly string[]
  readonly refused: readonly string[]
}

const ORIGINS: readonly OriginCase[] = [
  {
    origins: APP,
    allowed: [APP],
    refused: ['http://app.example.org', `${APP}:8443`, `${APP}.evil.test`, 'https://xapp.example.org', 'null', ''],
  },
  {
    origins: ['HTTPS://App.Example.org:443', 'http://localhost:5173'],
    allowed: [APP, 'http://localhost:5173'],
    refused: ['http://localhost', 'https://localhost:5173'],
  },
  {
    origins: ['https://*.example.org'],
    allowed: [APP, 'https://a.b.example.org'],
    refused: [
      'https://example.org',
      'http://app.example.org',
      'https://evilexample.org',
      'https://app.example.org:8443',
      'https://evil.test/.example.org',
      'https://evil.test#.example.org',
      'https://.example.org',
      'https://app.example.org.evil.test',
    ],
  },
  { origins: ['https://*.example.org:8443'], allowed: ['https://a.example.org:8443'], refused: [APP] },
  {
    origins: ['https://bücher.example'],
    allowed: ['https://xn--bcher-kva.example'],
    refused: ['https://bucher.example'],
  },
  { origins: ['null'], allowed: ['null'], refused: [APP] },
  { origins: ['capacitor://localhost'], allowed: ['capacitor://localhost'], refused: ['capacitor://evil'] },
  { origins: [], allowed: [], refused: [APP, 'null'] },
]

for (const { origins, allowed, refused } of ORIGINS) {
  t.test(`origins ${JSON.stringify(origins)} let in whom they name and nobody else`, async (t) => {
    const app = buildApp(t, { cors: { origins } })
    for (const origin of allowed) {
      const { headers } = await ask(app, origin)
      t.equal(headers['access-control-allow-origin'], origin)
      t.equal(headers.vary, 'Origin')
    }
    for (const origin of refused) {
      const { headers, statusCode } = await ask(app, origin)
      t.equal(statusCode, 200)
      t.notOk('access-control-allow-origin' in headers, origin)
      t.equal(headers.vary, 'Origin', 'a cache must not serve this to another origin')
    }
  })
}

t.test('all origins need no Vary', async (t) => {
  const app = buildApp(t, { cors: { origins: '*' } })
  const { headers } = await ask(app, APP)
  t.equal(headers['access-control-allow-origin'], '*')
  t.notOk('vary' in headers)
})

t.test('Vary is merged with what the application says', async (t) => {
  const app = buildApp(t, { cors: { origins: APP } }, (reply) => reply.header('vary', 'Accept-Encoding'))
  t.equal((await ask(app, APP)).headers.vary, 'Accept-Encoding, Origin')
})

t.test("the application's own CORS headers are replaced, not doubled", async (t) => {
  const app = buildApp(t, { cors: { origins: APP, expose: 'X-Total' } }, (reply) =>
    reply.headers({
      'access-control-allow-origin': '*',
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'X-Secret',
    }),
  )
  const allowed = await ask(app, APP)
  t.equal(allowed.headers['access-control-allow-origin'], APP)
  t.equal(allowed.headers['access-control-expose-headers'], 'X-Total')
  t.notOk('access-control-allow-credentials' in allowed.headers)
  const refused = await ask(app, 'https://evil.test')
  t.notOk('access-control-allow-origin' in refused.headers)
})

t.test('cookies are allowed to listed origins only', async (t) => {
  const app = buildApp(t, { cors: { origins: APP, credentials: true } })
  t.equal((await ask(app, APP)).headers['access-control-allow-credentials'], 'true')
  t.notOk('access-control-allow-credentials' in (await ask(app, 'https://evil.test')).headers)
})

t.test('a preflight is answered by the gateway', async (t) => {
  const app = buildApp(t, {
    cors: { origins: APP, methods: ['GET', 'PUT'], headers: ['X-A', 'X-B'], credentials: true, max_age: '1h' },
  })
  const { statusCode, body, headers } = await preflight(app, APP)
  t.equal(statusCode, 204)
  t.equal(body, '')
  t.match(headers, {
    'access-control-allow-origin': APP,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET, PUT',
    'access-control-allow-headers': 'X-A, X-B',
    'access-control-max-age': '3600',
    vary: 'Origin',
  })
})

t.test('a preflight of another origin learns nothing', async (t) => {
  const app = buildApp(t, { cors: { origins: APP } })
  const { statusCode, headers } = await preflight(app, 'https://evil.test')
  t.equal(statusCode, 204)
  t.strictSame(
    Object.keys(headers).filter((name) => name.startsWith('access-control-')),
    [],
  )
})

t.test('with headers: * a preflight gets what it asks for', async (t) => {
  const app = buildApp(t, { cors: { origins: '*', headers: '*' } })
  const asked = await preflight(app, APP, { 'access-control-request-headers': 'authorization,x-a' })
  t.equal(asked.headers['access-control-allow-headers'], 'authorization,x-a')
  const silent = await preflight(app, APP)
  t.notOk('access-control-allow-headers' in silent.headers)
  const odd = await preflight(app, APP, { 'access-control-request-headers': 'x-a; evil="1"' })
  t.notOk('access-control-allow-headers' in odd.headers)
})

const NOT_PREFLIGHTS = {
  'OPTIONS without a method asked for': { method: 'OPTIONS', headers: { origin: APP } },
  'OPTIONS without an origin': { method: 'OPTIONS', headers: { 'access-control-request-method': 'PUT' } },
  'another method': { method: 'GET', headers: { origin: APP, 'access-control-request-method': 'PUT' } },
} as const

for (const [title, request] of Object.entries(NOT_PREFLIGHTS)) {
  t.test(`${title} goes to the application`, async (t) => {
    const app = buildApp(t, { cors: { origins: APP } })
    const response = await app.inject({ url: '/', ...request })
    t.equal(response.statusCode, 200)
    t.equal(response.json().method, request.method)
  })
}

t.test('without CORS in the options preflights go to the application', async (t) => {
  for (const options of [
    {},
    { preset: 'security-strict' },
    { response: { add: { 'Access-Control-Allow-Origin': APP } } },
  ]) {
    const response = await preflight(buildApp(t, options), APP)
    t.equal(response.json().method, 'OPTIONS')
  }
})

for (const word of ['add', 'set', 'default']) {
  t.test(`origin and methods under response.${word} answer preflights, too`, async (t) => {
    const app = buildApp(t, {
      response: { [word]: { 'access-control-allow-origin': APP, 'Access-Control-Allow-Methods': 'GET, PUT' } },
    })
    const { statusCode, headers } = await preflight(app, APP)
    t.equal(statusCode, 204)
    t.match(headers, { 'access-control-allow-origin': APP, 'access-control-allow-methods': 'GET, PUT' })
  })
}

for (const preset of ['cors-permissive', 'api']) {
  t.test(`${preset} lets all pages in, without cookies`, async (t) => {
    const app = buildApp(t, { preset })
    const answer = await ask(app, APP)
    t.match(answer.headers, { 'access-control-allow-origin': '*', 'access-control-expose-headers': '*' })
    t.notOk('access-control-allow-credentials' in answer.headers)
    const { statusCode, headers } = await preflight(app, APP, { 'access-control-request-headers': 'x-a' })
    t.equal(statusCode, 204)
    t.match(headers, {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': 'x-a',
      'access-control-max-age': '600',
    })
  })
}

t.test('a preset speaks only where the application does not', async (t) => {
  const app = buildApp(t, { preset: 'cors-permissive' }, (reply) => reply.header('access-control-allow-origin', APP))
  t.equal((await ask(app, APP)).headers['access-control-allow-origin'], APP)
})

t.test("a route's own cors stands in for that of its preset", async (t) => {
  const app = buildApp(t, { preset: 'api', cors: { origins: APP } })
  t.notOk('access-control-allow-origin' in (await ask(app, 'https://evil.test')).headers)
  t.equal((await ask(app, APP)).headers['access-control-allow-origin'], APP)
})

t.test('a header written by the route itself wins over cors', async (t) => {
  const app = buildApp(t, {
    cors: { origins: APP },
    response: { set: { 'Access-Control-Allow-Origin': 'https://fixed.test', Vary: 'Accept' } },
  })
  const { headers } = await ask(app, APP)
  t.equal(headers['access-control-allow-origin'], 'https://fixed.test')
  t.equal(headers.vary, 'Accept, Origin')
})
