import t from 'tap'
import { PASSWORD, startAdmin } from './fixture.ts'

t.test(
  'an account is added without a password; its person sets one with the setup token, for that name only',
  async (t) => {
    const { send, command } = await startAdmin(t)
    const { status, body } = await command('POST', '/api/users', { username: 'bob', role: 'operator' })
    t.equal(status, 201)
    const token = (body as { setup_token: string }).setup_token
    t.match(await command('POST', '/api/users', { username: 'BOB', role: 'admin' }), { status: 409 })
    const setUp = (username: string) => send('POST', '/api/setup', { body: { token, username, password: PASSWORD } })
    t.equal((await setUp('mallory')).status, 403)
    t.equal((await setUp('Bob')).status, 201)
    t.match(await command('GET', '/api/users'), {
      body: {
        users: [
          { username: 'bob', role: 'operator', has_password: true, has_second_factor: false, last_login_at: null },
        ],
      },
    })
  },
)

t.test('the last admin who can sign in is neither removed nor demoted', async (t) => {
  const { command, addUser } = await startAdmin(t)
  await addUser('alice', 'admin')
  await command('POST', '/api/users', { username: 'invited', role: 'admin' })
  const refused = { status: 409, body: { code: 'DRAWBRIDGE_ADMIN_LAST_ADMIN' } }
  t.match(await command('DELETE', '/api/users/alice'), refused)
  t.match(await command('PUT', '/api/users/alice', { role: 'viewer' }), refused)
  t.match(await command('PUT', '/api/users/alice', { role: 'admin' }), { status: 204 })
  await addUser('bob', 'admin')
  const both = await Promise.all(['alice', 'bob'].map((name) => command('DELETE', `/api/users/${name}`)))
  t.strictSame(both.map(({ status }) => status).sort(), [204, 409], 'not even both at once')
})

t.test('a changed role and a removed account take effect at once', async (t) => {
  const { send, command, addUser, signIn, storage } = await startAdmin(t)
  await addUser('alice', 'admin')
  await addUser('bob', 'admin')
  const headers = await signIn('bob')
  const status = async () => (await send('GET', '/api/users', { headers })).status
  t.equal(await status(), 200)
  await command('PUT', '/api/users/bob', { role: 'viewer' })
  t.equal(await status(), 403)
  await command('DELETE', '/api/users/bob')
  t.equal(await status(), 401)
  t.strictSame(await storage.all('SELECT 1 FROM admin_sessions'), [])
  t.match(await command('DELETE', '/api/users/bob'), { status: 404 })
})

t.test('a reset takes the password and the sessions; the old password is of no use then', async (t) => {
  const { send, command, addUser, signIn, entries } = await startAdmin(t)
  await addUser('alice', 'admin')
  const headers = await signIn('alice')
  const { status, body } = await command('POST', '/api/users/alice/reset-password', {})
  t.equal(status, 201)
  t.match(entries.at(-1), {
    action: 'password_reset',
    resourceId: 'alice',
    actor: { kind: 'cli', name: 'root' },
    source: 'cli',
  })
  t.equal((await send('GET', '/api/me', { headers })).status, 401)
  t.equal((await send('POST', '/api/login', { body: { username: 'alice', password: PASSWORD } })).status, 401)
  const token = (body as { setup_token: string }).setup_token
  const password = 'an entirely new one'
  t.equal((await send('POST', '/api/setup', { body: { token, username: 'alice', password } })).status, 201)
  t.equal((await send('POST', '/api/login', { body: { username: 'alice', password } })).status, 200)
})

t.test('accounts are listed in pages', async (t) => {
  const { command, send, addUser, signIn } = await startAdmin(t)
  for (const username of ['dora', 'Anna', 'carl', 'bert', 'emil'])
    await command('POST', '/api/users', { username, role: 'viewer' })
  await addUser('zoe', 'admin')
  const names: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const path: string = `/api/users?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`
    const body = (await command('GET', path)).body as { users: { username: string }[]; next_cursor: string | null }
    names.push(...body.users.map(({ username }) => username))
    cursor = body.next_cursor
  }
  t.strictSame(names, ['Anna', 'bert', 'carl', 'dora', 'emil', 'zoe'])
  const first = await send('GET', '/api/users?limit=2', { headers: await signIn('zoe') })
  t.match(first.headers.link, new RegExp(`^</api/users\\?limit=2&cursor=${first.body.next_cursor}>; rel="next"$`))
  t.match(await command('GET', '/api/users?limit=201'), { status: 400 })
  t.match(await command('GET', '/api/users?cursor=x'), { status: 400 })
})
