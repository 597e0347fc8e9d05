import t from 'tap'
import { browserWith, PASSWORD, startAdmin } from './fixture.ts'

const MINUTE = 60_000

t.test('signing in sets a cookie that only this host gets back over https or on localhost', async (t) => {
  const { send, addUser, storage, entries } = await startAdmin(t)
  await addUser('alice', 'operator')
  const answer = await send('POST', '/api/login', { body: { username: 'alice', password: PASSWORD } })
  t.strictSame([answer.status, answer.body], [200, { username: 'alice', role: 'operator' }])
  const cookie = answer.headers['set-cookie']?.[0] ?? ''
  t.match(cookie, /^__Host-drawbridge=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/)
  t.notMatch(JSON.stringify(await storage.all('SELECT * FROM admin_sessions')), cookie.slice(18, 61), 'stored hashed')
  t.match(await send('GET', '/api/me', { headers: browserWith(answer.headers) }), {
    status: 200,
    body: { kind: 'user', name: 'alice', role: 'operator', has_second_factor: false },
  })
  t.match(entries.at(-1), { action: 'login', actor: { kind: 'user', name: 'alice' }, source: 'dashboard' })
})

t.test('unknown user, wrong password and an account without password get the same answer', async (t) => {
  const { send, addUser, command, entries } = await startAdmin(t)
  await addUser('alice', 'viewer')
  await command('POST', '/api/users', { username: 'invited', role: 'viewer' })
  const answers = await Promise.all(
    ['alice', 'nobody', 'invited'].map((username) =>
      send('POST', '/api/login', { body: { username, password: 'wrong wrong wrong' } }),
    ),
  )
  const bodies = answers.map(({ status, body: { instance: _, request_id: __, ...body } }) => ({ status, body }))
  t.strictSame(bodies[1], bodies[0])
  t.strictSame(bodies[2], bodies[0])
  t.equal(bodies[0]?.status, 401)
  const failures = entries.filter(({ action }) => action === 'login_failed')
  t.strictSame(failures.map(({ actor }) => actor.name).sort(), ['alice', 'invited', 'unknown'])
  t.notMatch(JSON.stringify(failures), /nobody/, 'what was typed for no account may be a password')
})

t.test('signing in again ends the session before', async (t) => {
  const { send, addUser, signIn } = await startAdmin(t)
  await addUser('alice', 'viewer')
  const before = await signIn('alice')
  const again = await send('POST', '/api/login', { headers: before, body: { username: 'alice', password: PASSWORD } })
  t.equal(again.status, 200)
  t.equal((await send('GET', '/api/me', { headers: before })).status, 401)
  t.equal((await send('GET', '/api/me', { headers: browserWith(again.headers) })).status, 200)
})

t.test('a session ends after 30 minutes without use, and after 12 hours', async (t) => {
  const { send, addUser, signIn, clock } = await startAdmin(t)
  await addUser('alice', 'viewer')
  const headers = await signIn('alice')
  const status = async () => (await send('GET', '/api/me', { headers })).status
  clock.advance(29 * MINUTE)
  t.equal(await status(), 200)
  clock.advance(29 * MINUTE)
  t.equal(await status(), 200, 'use prolongs it')
  clock.advance(30 * MINUTE)
  t.equal(await status(), 401)
  const second = await signIn('alice')
  for (let i = 0; i < 35; i += 1) {
    clock.advance(20 * MINUTE)
    t.equal((await send('GET', '/api/me', { headers: second })).status, 200)
  }
  clock.advance(20 * MINUTE)
  t.equal((await send('GET', '/api/me', { headers: second })).status, 401)
})

t.test('sessions are listed masked, and end one or all at once, at once', async (t) => {
  const { send, addUser, signIn } = await startAdmin(t)
  await addUser('alice', 'viewer')
  await addUser('bob', 'viewer')
  const [one, two, three] = [await signIn('alice'), await signIn('alice'), await signIn('alice')]
  const bobs = await signIn('bob')
  const { body } = await send('GET', '/api/sessions', { headers: one })
  t.equal(body.sessions.length, 3)
  t.equal(body.sessions.filter((session: { is_current: boolean }) => session.is_current).length, 1)
  const own = body.sessions.find((session: { is_current: boolean }) => session.is_current)
  t.equal((await send('DELETE', `/api/sessions/${own.id}`, { headers: bobs })).status, 404, "not another's")
  const twos = (await send('GET', '/api/sessions', { headers: two })).body.sessions.find(
    (session: { is_current: boolean }) => session.is_current,
  )
  t.equal((await send('DELETE', `/api/sessions/${twos.id}`, { headers: one })).status, 204)
  t.equal((await send('GET', '/api/me', { headers: two })).status, 401)
  t.strictSame((await send('DELETE', '/api/sessions', { headers: one })).body, { ended: 1 })
  t.equal((await send('GET', '/api/me', { headers: three })).status, 401)
  t.equal((await send('GET', '/api/me', { headers: one })).status, 200)
  t.equal((await send('POST', '/api/logout', { headers: one })).status, 204)
  t.equal((await send('GET', '/api/me', { headers: one })).status, 401)
  t.equal((await send('GET', '/api/me', { headers: bobs })).status, 200)
})

t.test('a new password wants the old one, and ends all other sessions', async (t) => {
  const { send, addUser, signIn, entries } = await startAdmin(t)
  await addUser('alice', 'viewer')
  const [here, elsewhere] = [await signIn('alice'), await signIn('alice')]
  const password = 'another good password'
  const change = (current: string) => send('PUT', '/api/me/password', { headers: here, body: { current, password } })
  t.equal((await change('wrong wrong wrong')).status, 401)
  t.equal((await change(PASSWORD)).status, 204)
  t.match(entries.at(-1), { action: 'password_change', resourceId: 'alice' })
  t.equal((await send('GET', '/api/me', { headers: elsewhere })).status, 401)
  t.equal((await send('GET', '/api/me', { headers: here })).status, 200)
  t.equal((await send('POST', '/api/login', { body: { username: 'alice', password: PASSWORD } })).status, 401)
  t.equal((await send('POST', '/api/login', { body: { username: 'alice', password } })).status, 200)
})

t.test('sensitive endpoints want a password entered within the last ten minutes', async (t) => {
  const { send, addUser, signIn, clock } = await startAdmin(t)
  await addUser('alice', 'admin')
  const headers = await signIn('alice')
  const add = (username: string) => send('POST', '/api/users', { headers, body: { username, role: 'viewer' } })
  t.equal((await add('one')).status, 201)
  clock.advance(10 * MINUTE)
  t.match(await add('two'), { status: 403, body: { code: 'DRAWBRIDGE_ADMIN_FRESH_PASSWORD_NEEDED' } })
  t.equal(
    (await send('POST', '/api/session/confirm', { headers, body: { password: 'wrong wrong wrong' } })).status,
    401,
  )
  t.equal((await add('two')).status, 403)
  t.equal((await send('POST', '/api/session/confirm', { headers, body: { password: PASSWORD } })).status, 200)
  t.equal((await add('two')).status, 201)
})
