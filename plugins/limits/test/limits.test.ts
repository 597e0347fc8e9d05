import limits, { plugin } from '@drawbridge/plugin-limits'
import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify'
import t from 'tap'

interface Teardown {
  teardown(action: () => unknown): void
}

function buildApp(t: Teardown, options: Record<string, unknown>): FastifyInstance {
  const app = Fastify({ bodyLimit: 1024 * 1024 })
  t.teardown(() => app.close())
  app.register(limits, options)
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.all('/*', async (request) => String((request.body as Buffer | undefined)?.length ?? 0))
  return app
}

function post(app: FastifyInstance, url: string, bytes: number): Promise<LightMyRequestResponse> {
  return app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/octet-stream' },
    payload: Buffer.alloc(bytes),
  })
}

t.test('passes a declared body of exactly the limit and refuses one byte more with 413', async (t) => {
  const app = buildApp(t, { max_request_body: 1000 })
  const exact = await post(app, '/', 1000)
  t.same([exact.statusCode, exact.body], [200, '1000'])
  const over = await post(app, '/', 1001)
  t.equal(over.statusCode, 413)
  t.equal(over.json().code, 'DRAWBRIDGE_LIMITS_BODY_TOO_LARGE')
})

t.test('passes a URL of exactly the limit and refuses one byte more with 414', async (t) => {
  const app = buildApp(t, { max_url: 100 })
  const exact = await app.inject(`/?${'a'.repeat(98)}`)
  t.equal(exact.statusCode, 200)
  const over = await app.inject(`/?${'a'.repeat(99)}`)
  t.same([over.statusCode, over.json().code], [414, 'DRAWBRIDGE_LIMITS_URL_TOO_LONG'])
})

t.test('counts name, value and four bytes for each header, and refuses what is over with 431', async (t) => {
  const app = buildApp(t, { max_request_headers: 400 })
  const headers = { host: 'a.test', 'user-agent': 'test' }
  const before = 'host'.length + 'a.test'.length + 4 + 'user-agent'.length + 'test'.length + 4
  const rest = 400 - before - 'x-rest'.length - 4
  const exact = await app.inject({ url: '/', headers: { ...headers, 'x-rest': 'a'.repeat(rest) } })
  t.equal(exact.statusCode, 200)
  const over = await app.inject({ url: '/', headers: { ...headers, 'x-rest': 'a'.repeat(rest + 1) } })
  t.same([over.statusCode, over.json().code], [431, 'DRAWBRIDGE_LIMITS_HEADERS_TOO_LARGE'])
})

t.test('refuses more headers than the limit with 431', async (t) => {
  const app = buildApp(t, { max_header_count: 4 })
  const headers = { host: 'a.test', 'user-agent': 'test', 'x-1': '1', 'x-2': '2' }
  t.equal((await app.inject({ url: '/', headers })).statusCode, 200)
  const over = await app.inject({ url: '/', headers: { ...headers, 'x-3': '3' } })
  t.same([over.statusCode, over.json().code], [431, 'DRAWBRIDGE_LIMITS_TOO_MANY_HEADERS'])
})

t.test(
  'gives a path its own limits, the most specific entry winning, and the rest of them from the route',
  async (t) => {
    const app = buildApp(t, {
      max_request_body: 100,
      max_url: 40,
      paths: [
        { path: '/api/*', max_request_body: 10 },
        { path: '/api/upload', max_request_body: 1000 },
        { path: '/search', max_url: 200 },
      ],
    })
    t.equal((await post(app, '/other', 100)).statusCode, 200)
    t.equal((await post(app, '/api/users', 11)).statusCode, 413)
    t.equal((await post(app, '/api/upload', 1000)).statusCode, 200)
    t.equal((await post(app, '/API/Users', 11)).statusCode, 413, 'whatever its case')
    t.equal((await app.inject(`/search?q=${'a'.repeat(100)}`)).statusCode, 200)
    t.equal((await app.inject(`/api/upload?q=${'a'.repeat(100)}`)).statusCode, 414)
    t.equal((await post(app, '/search', 101)).statusCode, 413)
  },
)

t.test('tells error pages the sizes, and the record what was refused', async (t) => {
  const app = buildApp(t, { max_request_body: 1000 })
  let seen: unknown[] = []
  app.setErrorHandler((error: Error & { details?: unknown; statusCode?: number }, request, reply) => {
    seen = [error.details, request.gateway.decisions]
    reply.code(error.statusCode ?? 500).send('')
  })
  await post(app, '/', 1200)
  t.same(seen, [
    { max_size: 1000, request_size: 1200 },
    [{ by: 'limits', what: 'refused', facts: { limit: 'max_request_body', max: 1000, size: 1200 } }],
  ])
})

for (const [what, options, message] of [
  ['a limit of nothing', { max_request_body: 0 }, /limits\.max_request_body: "max_request_body" must be at least/],
  ['what is no size', { max_url: 'long' }, /limits\.max_url: "max_url" must be a size/],
  ['what is no path', { paths: [{ path: 'api' }] }, /limits\.paths\.0\.path: "path" must be a path pattern/],
  ['a path entry without a path', { paths: [{ max_url: 100 }] }, /limits\.paths\.0: the key "path" is missing/],
  ['an unknown key', { max_body: 1 }, /limits\.max_body: unknown key "max_body"/],
] as const) {
  t.test(`refuses ${what}, saying where`, async (t) => {
    await t.rejects(async () => buildApp(t, options).ready(), { message })
  })
}

t.test('offers an answer part only where a response limit is set', async (t) => {
  const resolved = { max_request_body: 1, max_request_headers: 1, max_header_count: 1, max_url: 1 }
  t.notOk(plugin.response?.({ ...resolved, paths: [] }).replace)
  t.ok(plugin.response?.({ ...resolved, max_response_body: 1, paths: [] }).replace)
  t.ok(plugin.response?.({ ...resolved, paths: [{ path: '/a', max_response_body: 1 }] }).replace)
})
