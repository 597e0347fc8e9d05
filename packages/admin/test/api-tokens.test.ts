import t from 'tap'
import { hasScope } from '../src/api-tokens.ts'
import { makePlugin, startAdmin, type TestAdmin } from './fixture.ts'

const DAY = 86_400_000
const fruit = makePlugin('fruit', (app) => {
  const schema = { summary: 'x' }
  app.get('/fruit', { config: { role: 'viewer' }, schema }, async () => ({}))
  app.post('/fruit', { config: { role: 'operator' }, schema }, async () => ({}))
  app.delete('/fruit', { config: { role: 'operator', isSensitive: true }, schema }, async () => ({}))
})

t.test('a token is shown once, stored hashed, and works until it is revoked', async (t) => {
  const { send, addUser, signIn, storage, entries } = await startAdmin(t)
  await addUser('alice', 'operator')
  const headers = await signIn('alice')
  const made = await send('POST', '/api/tokens', { headers, body: { name: 'grafana' } })
  t.equal(made.status, 201)
  const { id, token } = made.body
  t.match(token, /^drawbridge_[\w-]{43}$/)
  t.notMatch(JSON.stringify([await storage.all('SELECT * FROM admin_tokens'), entries]), token)
  const bearer = { authorization: `Bearer ${token}` }
  t.match((await send('GET', '/api/me', { headers: bearer })).body, {
    kind: 'token',
    name: 'alice/grafana',
    role: 'operator',
  })
  const list = await send('GET', '/api/tokens', { headers })
  t.match(list.body, { tokens: [{ id, owner: 'alice', name: 'grafana', scopes: ['read'], networks: [] }] })
  t.notMatch(JSON.stringify(list.body), token)
  t.equal((await send('POST', '/api/tokens', { headers, body: { name: 'grafana' } })).status, 409)
  t.equal((await send('DELETE', `/api/tokens/${id}`, { headers })).status, 204)
  t.equal((await send('GET', '/api/me', { headers: bearer })).status, 401)
  t.match(
    entries.map(({ action }) => action),
    ['user_add', 'setup', 'login', 'token_create', 'token_create', 'token_create', 'token_revoke'],
  )
})

t.test('a token does what its scopes, its role and its owner allow', async (t) => {
  const admin = await startAdmin(t, { plugins: [fruit] })
  await admin.addUser('alice', 'operator')
  const statuses = async (body: object) => {
    const headers = { authorization: `Bearer ${await makeToken(admin, body)}` }
    const methods = ['GET', 'POST', 'DELETE']
    return Promise.all(methods.map(async (method) => (await admin.send(method, '/api/fruit', { headers })).status))
  }
  t.strictSame(await statuses({}), [200, 403, 403])
  t.strictSame(await statuses({ scopes: ['write'] }), [200, 200, 403])
  t.strictSame(await statuses({ scopes: ['write:fruit', 'sensitive'] }), [200, 200, 200])
  t.strictSame(await statuses({ scopes: ['write:logs', 'read:fruit'] }), [200, 403, 403])
  t.strictSame(await statuses({ scopes: ['sensitive'] }), [403, 403, 403])
  t.strictSame(await statuses({ scopes: ['write', 'sensitive'], role: 'viewer' }), [200, 403, 403])
  const token = await makeToken(admin, { scopes: ['write'] })
  await admin.command('PUT', '/api/users/alice', { role: 'viewer' })
  const headers = { authorization: `Bearer ${token}` }
  t.equal((await admin.send('POST', '/api/fruit', { headers })).status, 403, 'its owner may no longer')
  await admin.command('DELETE', '/api/users/alice')
  t.equal((await admin.send('GET', '/api/fruit', { headers })).status, 401, 'its owner is gone')
})

t.test('a token ends, and works only from its networks', async (t) => {
  const admin = await startAdmin(t)
  await admin.addUser('alice', 'viewer')
  const status = async (token: string) =>
    (await admin.send('GET', '/api/me', { headers: { authorization: `Bearer ${token}` } })).status
  t.equal(await status(await makeToken(admin, { networks: ['192.0.2.0/24', '2001:db8::/32'] })), 401)
  const token = await makeToken(admin, { networks: ['127.0.0.0/8'], expires_in_days: 7 })
  t.equal(await status(token), 200)
  admin.clock.advance(7 * DAY - 1000)
  t.equal(await status(token), 200)
  admin.clock.advance(1000)
  t.equal(await status(token), 401)
  for (const entry of ['localhost', '192.0.2.0/33', '10.0.0.0/8/8', '10.0.0.0/-1', '300.1.1.1'])
    t.match(
      await admin.command('POST', '/api/tokens', { name: 'bad', owner: 'alice', networks: [entry] }),
      { status: 400, body: { errors: [{ pointer: '/networks' }] } },
      entry,
    )
})

t.test('nobody makes a token that may more than they do, and no token makes another', async (t) => {
  const admin = await startAdmin(t)
  await admin.addUser('alice', 'operator')
  await admin.addUser('bob', 'viewer')
  const headers = await admin.signIn('alice')
  const make = (body: object, as: Record<string, string> = headers) =>
    admin.send('POST', '/api/tokens', { headers: as, body })
  t.match(await make({ name: 'a', role: 'admin' }), { status: 403 })
  t.match(await make({ name: 'b', owner: 'bob' }), { status: 400, body: { errors: [{ pointer: '/owner' }] } })
  t.equal((await make({ name: 'c', scopes: ['all'] })).status, 400)
  const token = await makeToken(admin, { scopes: ['write', 'sensitive'] })
  t.match(await make({ name: 'd' }, { authorization: `Bearer ${token}` }), {
    status: 403,
    body: { code: 'DRAWBRIDGE_ADMIN_SESSION_NEEDED' },
  })
  const bobs = await admin.signIn('bob')
  const own = (await admin.send('GET', '/api/tokens', { headers })).body.tokens[0].id
  t.strictSame((await admin.send('GET', '/api/tokens', { headers: bobs })).body.tokens, [])
  t.equal((await admin.send('DELETE', `/api/tokens/${own}`, { headers: bobs })).status, 404)
})

t.test('the last use is stored masked, at most every ten minutes', async (t) => {
  const admin = await startAdmin(t)
  await admin.addUser('alice', 'viewer')
  const headers = { authorization: `Bearer ${await makeToken(admin, {})}` }
  const lastUse = async () => (await admin.storage.all('SELECT last_used_at FROM admin_tokens'))[0]?.last_used_at
  const use = async () => {
    await admin.send('GET', '/api/me', { headers })
    await admin.storage.durable([])
    return lastUse()
  }
  const first = await use()
  t.equal(first, admin.clock.wallNow() / 1000)
  admin.clock.advance(599_000)
  t.equal(await use(), first)
  admin.clock.advance(1000)
  t.equal(await use(), Number(first) + 600)
})

t.test('scopes mean what they say', async (t) => {
  for (const [scopes, verb, area, expected] of [
    [['read'], 'read', 'logs', true],
    [['read'], 'write', 'logs', false],
    [['read:logs'], 'read', 'logs', true],
    [['read:logs'], 'read', 'log', false],
    [['write:logs'], 'read', 'logs', true],
    [['sensitive'], 'read', '', false],
    [[], 'read', 'logs', false],
  ] as const)
    t.equal(hasScope(scopes, verb, area), expected, `${scopes} ${verb} ${area}`)
})

let made = 0

async function makeToken({ command }: TestAdmin, body: object): Promise<string> {
  made += 1
  const answer = await command('POST', '/api/tokens', { name: `token${made}`, owner: 'alice', ...body })
  return (answer.body as { token: string }).token
}
