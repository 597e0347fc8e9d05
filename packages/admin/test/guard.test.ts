import { connect } from 'node:net'
import t from 'tap'
import { Type } from 'typebox'
import { makePlugin, PASSWORD, startAdmin, wrapStorage } from './fixture.ts'

const plugin = makePlugin('fruit', (app) => {
  app.get('/fruit/:id', { config: { role: 'viewer' }, schema: { summary: 'x' } }, async () => ({ ok: true }))
})

t.test('without signing in there is 401 for everything that is not open, whether it exists or not', async (t) => {
  const { send, port } = await startAdmin(t, { plugins: [plugin] })
  const paths = [
    '/',
    '/api',
    '/api/',
    '/api/me',
    '/api/users',
    '/api/fruit/1',
    '/api/nothing',
    '/metrics',
    '/livez/x',
    '/api/docs',
  ]
  for (const path of [
    ...paths,
    '/api/docs/static/index.html',
    '/api/openapi.json',
    '/API/login',
    '/api/%zz',
    `/api/fruit/${'x'.repeat(300)}`,
  ])
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH', 'PROPFIND', 'TRACE']) {
      const { status, headers, body } = await send(method, path)
      t.equal(status, 401, `${method} ${path}`)
      t.match(headers, {
        'content-type': 'application/problem+json; charset=utf-8',
        'cache-control': 'no-store',
        'www-authenticate': /Bearer/,
      })
      if (method !== 'HEAD') t.equal(body.code, 'DRAWBRIDGE_ADMIN_NOT_SIGNED_IN')
    }
  for (const [method, path] of [
    ['OPTIONS', '/api/login'],
    ['GET', '/api/login'],
    ['PUT', '/api/setup'],
    ['POST', '/livez'],
  ] as const)
    t.equal((await send(method, path)).status, 401, `${method} ${path}`)
  t.match(
    await sendRaw(port, 'GET http://localhost/api/users HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
    / 401 /,
  )
})

t.test('credentials that are none are 401, and cost no query where they cannot be ours', async (t) => {
  let queries = 0
  const { send } = await startAdmin(t, {
    storage: (real) =>
      wrapStorage(real, {
        all: (...args) => {
          queries += 1
          return real.all(...args)
        },
      }),
  })
  const before = queries
  for (const headers of [
    { cookie: '__Host-drawbridge=short' },
    { cookie: 'other=1; __Host-drawbridge=' },
    { authorization: 'Bearer drawbridge_short' },
    { authorization: 'Basic YWRtaW46YWRtaW4=' },
    { authorization: '' },
    { 'x-drawbridge-user': 'root' },
  ])
    t.equal((await send('GET', '/api/me', { headers })).status, 401)
  t.equal(queries, before)
  const made = `drawbridge_${'x'.repeat(43)}`
  t.equal((await send('GET', '/api/me', { headers: { authorization: `Bearer ${made}` } })).status, 401)
  t.equal((await send('GET', '/api/me', { headers: { cookie: `__Host-drawbridge=${'x'.repeat(43)}` } })).status, 401)
  t.equal(queries, before + 2)
})

t.test('what is open says no more than it must', async (t) => {
  const { send } = await startAdmin(t, { readiness: () => [{ name: 'database', isOk: false, detail: 'disk full' }] })
  t.match(await send('GET', '/livez'), { status: 200, body: 'ok\n' })
  t.match(await send('GET', '/readyz'), { status: 503, body: 'not ready\n' })
  t.match(await send('HEAD', '/readyz'), { status: 503 })
})

t.test('who is signed in learns which check fails', async (t) => {
  const { send, addUser, signIn } = await startAdmin(t, {
    readiness: () => [
      { name: 'routes', isOk: true },
      { name: 'database', isOk: false, detail: 'disk full' },
    ],
  })
  await addUser('alice', 'viewer')
  const headers = await signIn('alice')
  const checks = [
    { name: 'routes', is_ok: true, detail: '' },
    { name: 'database', is_ok: false, detail: 'disk full' },
  ]
  const health = { status: 'failing', version: '1.2.3', checks }
  const ready = await send('GET', '/readyz', { headers })
  t.strictSame([ready.status, ready.body], [503, health])
  const answer = await send('GET', '/api/health', { headers })
  t.strictSame([answer.status, answer.body], [200, health])
})

t.test('a forged Host is refused, everywhere', async (t) => {
  const { send, addUser, signIn, port } = await startAdmin(t, { allowedHosts: ['Gate.example.org'] })
  await addUser('alice', 'admin')
  const headers = await signIn('alice')
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    `evil.example:${port}`,
    '192.0.2.1',
    'user@localhost',
    '[::2]',
    'localhost:x',
  ])
    for (const path of ['/api/users', '/livez', '/api/login', '/nothing']) {
      const answer = await send(path === '/api/login' ? 'POST' : 'GET', path, { headers: { ...headers, host } })
      t.match(answer, { status: 421, body: { code: 'DRAWBRIDGE_ADMIN_WRONG_HOST' } }, `${host} ${path}`)
    }
  t.match(await sendRaw(port, 'GET /livez HTTP/1.0\r\n\r\n'), / 421 /, 'nor is none a name')
  for (const host of [
    'localhost',
    'LOCALHOST:1234',
    '127.0.0.1',
    `[::1]:${port}`,
    'gate.example.org',
    'gate.example.org.:443',
  ])
    t.equal((await send('GET', '/api/users', { headers: { ...headers, host } })).status, 200, host)
})

t.test('a forged Origin is refused, and so is a change from another site', async (t) => {
  const { send, addUser, signIn, port } = await startAdmin(t)
  await addUser('alice', 'viewer')
  const { cookie = '' } = await signIn('alice')
  const me = (headers: Record<string, string>) => send('GET', '/api/me', { headers: { cookie, ...headers } })
  const change = async (headers: Record<string, string>) =>
    (await send('POST', '/api/session/confirm', { headers: { cookie, ...headers }, body: { password: PASSWORD } }))
      .status
  for (const origin of [
    'https://evil.example',
    'null',
    `http://127.0.0.1:${port + 1}`,
    'http://localhost',
    'file://',
    '',
  ])
    t.match(await me({ origin }), { status: 403, body: { code: 'DRAWBRIDGE_ADMIN_WRONG_ORIGIN' } }, origin)
  const own = `http://127.0.0.1:${port}`
  t.equal((await me({ origin: own })).status, 200)
  t.equal(await change({ origin: own }), 200)
  t.equal(await change({ 'sec-fetch-site': 'same-origin' }), 200)
  t.equal(await change({ 'sec-fetch-site': 'none' }), 200)
  t.equal(await change({}), 403, 'a browser says one of the two')
  for (const site of ['cross-site', 'same-site', 'nonsense'])
    t.equal(await change({ origin: own, 'sec-fetch-site': site }), 403, site)
  const login = { body: { username: 'alice', password: PASSWORD } }
  t.equal((await send('POST', '/api/login', { ...login, headers: { 'sec-fetch-site': 'cross-site' } })).status, 403)
  t.equal((await send('POST', '/api/login', { ...login, headers: { origin: 'https://evil.example' } })).status, 403)
})

t.test('bodies are JSON, of the form that is described', async (t) => {
  const { send } = await startAdmin(t)
  const text = JSON.stringify({ username: 'alice', password: PASSWORD })
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
    t.equal((await send('POST', '/api/login', { text, headers: { 'content-type': type } })).status, 415, type)
  const typo = await send('POST', '/api/login', { body: { username: 5, passwort: PASSWORD } })
  t.match(typo, { status: 400, body: { code: 'DRAWBRIDGE_ADMIN_INVALID_REQUEST', title: 'Bad Request' } })
  t.strictSame(
    typo.body.errors.map(({ pointer, detail }: { pointer: string; detail: string }) => `${pointer}: ${detail}`).sort(),
    ['/password: "password" is missing.', '/passwort: "passwort" is not known here.', '/username: It must be string.'],
  )
  t.match(typo.body, { instance: `urn:uuid:${typo.headers['x-request-id']}`, request_id: typo.headers['x-request-id'] })
  t.equal((await send('POST', '/api/login', { text: '{' })).status, 400)
  t.equal((await send('POST', '/api/login', { text: `{"username":"${'x'.repeat(300_000)}"}` })).status, 413)
})

t.test('signing in over plain http from elsewhere is refused with what to do', async (t) => {
  const { send, addUser } = await startAdmin(t, { allowedHosts: ['gate.example.org'] })
  await addUser('alice', 'viewer')
  const logIn = (headers: Record<string, string>) =>
    send('POST', '/api/login', {
      headers: { host: 'gate.example.org', ...headers },
      body: { username: 'alice', password: PASSWORD },
    })
  const refused = await logIn({})
  t.match(refused, {
    status: 403,
    body: { code: 'DRAWBRIDGE_ADMIN_NEEDS_TLS', detail: /admin\.tls.*admin\.allowed_hosts.*SSH/ },
  })
  t.equal((await logIn({ origin: 'http://gate.example.org' })).status, 403)
  t.equal((await logIn({ origin: 'https://gate.example.org' })).status, 200, 'a TLS proxy is in front')
})

t.test('an error of a plugin tells nothing but the request id', async (t) => {
  const broken = makePlugin('broken', (app) => {
    app.get('/broken', { config: { role: 'viewer' }, schema: { summary: 'x' } }, async () => {
      throw new Error('the secret is swordfish')
    })
    app.get('/away', { config: { role: 'viewer' }, schema: { response: { 200: Type.Object({}) } } }, async () => {
      throw Object.assign(new Error('/data/file is locked'), { code: 'DRAWBRIDGE_DB_UNAVAILABLE' })
    })
  })
  const { command, lines } = await startAdmin(t, { plugins: [broken] })
  const answer = await command('GET', '/api/broken')
  t.match(answer, { status: 500, body: { code: 'DRAWBRIDGE_ADMIN_INTERNAL', request_id: /^[\da-f-]{36}$/ } })
  t.notMatch(JSON.stringify(answer), /swordfish/)
  t.ok(lines.includes('a request to the admin API failed'))
  const away = await command('GET', '/api/away')
  t.match(away, { status: 503, body: { detail: 'The database is not available.' } })
})

function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = ''
    const socket = connect(port, '127.0.0.1', () => socket.end(text))
    socket.on('data', (chunk) => {
      received += chunk
    })
    socket.on('end', () => resolve(received))
    socket.on('error', reject)
  })
}
