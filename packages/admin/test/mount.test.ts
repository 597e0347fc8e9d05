import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { Type } from 'typebox'
import { makePlugin, PASSWORD, startAdmin } from './fixture.ts'

const viewer = { role: 'viewer' } as const
const schema = { summary: 'x' }
const good = makePlugin('good', (app, host) => {
  app.get('/good', { config: viewer, schema }, async (request) => ({
    caller: request.caller,
    now: host.clock.wallNow(),
  }))
})

t.test('plugins are mounted below /api and know who calls', async (t) => {
  const { send, addUser, signIn, clock } = await startAdmin(t, { plugins: [good] })
  await addUser('alice', 'viewer')
  const { status, body } = await send('GET', '/api/good', { headers: await signIn('alice') })
  t.equal(status, 200)
  const caller = { kind: 'user', name: 'alice', role: 'viewer', source: 'dashboard', address: '127.0.0.1' }
  t.strictSame(body, { caller, now: clock.wallNow() })
})

for (const [what, admin] of [
  ['throws', () => fail('broken')],
  ['has an endpoint without role', (app) => app.get('/bad', { schema }, () => {})],
  ['has an endpoint without schema', (app) => app.get('/bad', { config: viewer }, () => {})],
  ['has an endpoint that is taken', (app) => app.get('/me', { config: viewer, schema }, () => {})],
  ['wants an open endpoint', (app) => app.get('/setup', { config: viewer, schema }, () => {})],
  [
    'has a schema that is none',
    (app) => app.get('/bad', { config: viewer, schema: { querystring: { type: 'nonsense' } } }, () => {}),
  ],
] as readonly [string, (app: FastifyInstance) => unknown][])
  t.test(`a plugin that ${what} is left out as a whole, the rest works`, async (t) => {
    const bad = makePlugin('bad', (app) => {
      app.get('/before', { config: viewer, schema }, () => 'x')
      admin(app)
    })
    const { command, lines } = await startAdmin(t, { plugins: [bad, good] })
    t.match(lines.join('\n'), /left out/)
    t.match(await command('GET', '/api/good'), { status: 200 })
    t.match(await command('GET', '/api/before'), { status: 404 })
    t.match(await command('GET', '/api/me'), { status: 200 })
  })

t.test('the document and its page describe every endpoint, and load nothing from elsewhere', async (t) => {
  const plugin = makePlugin('fruit', (app) => {
    const querystring = Type.Object(
      { colour: Type.String({ description: 'A colour.' }) },
      { additionalProperties: false },
    )
    app.get(
      '/fruit',
      { config: { role: 'operator', isSensitive: true }, schema: { ...schema, querystring } },
      async () => ({}),
    )
  })
  const { send, addUser, signIn, admin } = await startAdmin(t, { plugins: [plugin] })
  await addUser('alice', 'viewer')
  const headers = await signIn('alice')
  const { body } = await send('GET', '/api/openapi.json', { headers })
  t.match(body.paths['/api/fruit'].get, {
    description: 'Role: operator. Needs a fresh password.',
    parameters: [{ name: 'colour', in: 'query', description: 'A colour.' }],
  })
  for (const { method, path } of admin.endpoints.filter((endpoint) => !endpoint.path.startsWith('/api/docs')))
    t.ok(body.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()], `${method} ${path}`)
  t.notMatch(JSON.stringify(body), PASSWORD)
  const page = await send('GET', '/api/docs', { headers })
  t.equal(page.status, 200)
  t.match(page.headers['content-security-policy'], /default-src 'none'; script-src 'self'/)
  t.notMatch(page.headers['content-security-policy'], /https?:|swagger\.io/)
  t.notMatch(page.body, /https?:\/\//)
  for (const [, asset = ''] of String(page.body).matchAll(/(?:src|href)="([^"]+)"/g))
    t.equal((await send('GET', new URL(asset, 'http://x/api/docs').pathname, { headers })).status, 200, asset)
})

t.test('texts become numbers in queries, and in bodies they do not', async (t) => {
  const count = Type.Integer({ description: 'A number.' })
  const closed = Type.Object({ count }, { additionalProperties: false })
  const plugin = makePlugin('count', (app) => {
    app.get('/count', { config: viewer, schema: { querystring: closed } }, async ({ query }) => query)
    app.post('/count', { config: viewer, schema: { body: closed } }, async ({ body }) => body)
  })
  const { command } = await startAdmin(t, { plugins: [plugin] })
  t.match(await command('GET', '/api/count?count=5'), { status: 200, body: { count: 5 } })
  t.match(await command('POST', '/api/count', { count: 5 }), { status: 200, body: { count: 5 } })
  t.match(await command('POST', '/api/count', { count: '5' }), { status: 400 })
  t.match(await command('GET', '/api/count?count=5&cuont=6'), { status: 400 })
})

function fail(message: string): never {
  throw new Error(message)
}
