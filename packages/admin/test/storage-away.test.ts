import type { Storage } from '@drawbridge/plugin-kit'
import t from 'tap'
import { PASSWORD, startAdmin, wrapStorage } from './fixture.ts'

t.test(
  'while the database is away probes and the command line answer, signing in says so, and it recovers',
  async (t) => {
    const state = { isAway: false }
    const { send, addUser, signIn, command, clock } = await startAdmin(t, { storage: (real) => away(real, state) })
    await addUser('alice', 'admin')
    const headers = await signIn('alice')
    state.isAway = true
    t.equal((await send('GET', '/livez')).status, 200)
    t.equal((await send('GET', '/readyz')).status, 200)
    t.match(await command('GET', '/api/health'), { status: 200 })
    clock.advance(5000)
    for (const answer of [
      await send('POST', '/api/login', { body: { username: 'alice', password: PASSWORD } }),
      await send('GET', '/api/me', { headers }),
    ]) {
      t.match(answer, { status: 503, body: { code: 'DRAWBRIDGE_ADMIN_STORAGE_AWAY' } })
      t.notMatch(JSON.stringify(answer.body), /secret\.db/, 'no path for strangers')
    }
    t.equal((await send('GET', '/api/me')).status, 401, 'no credentials, no news')
    t.equal((await send('GET', '/readyz', { headers })).body, 'ok\n')
    state.isAway = false
    t.equal((await send('GET', '/api/me', { headers })).status, 200)
    t.ok(await signIn('alice'))
  },
)

t.test('wrong passwords while the database is away are not held against anybody', async (t) => {
  const state = { isAway: false }
  const { send, addUser, signIn } = await startAdmin(t, { storage: (real) => away(real, state) })
  await addUser('alice', 'admin')
  state.isAway = true
  for (let i = 0; i < 30; i += 1)
    t.equal((await send('POST', '/api/login', { body: { username: 'alice', password: PASSWORD } })).status, 503)
  state.isAway = false
  t.ok(await signIn('alice'))
})

t.test('without an audit log nothing is changed, but accounts can sign in, and the log has it', async (t) => {
  const state = { isAway: false }
  const append = () => (state.isAway ? Promise.reject(new Error('disk full')) : Promise.resolve())
  const { send, addUser, signIn, lines, command } = await startAdmin(t, { audit: { append } })
  await addUser('alice', 'admin')
  state.isAway = true
  const headers = await signIn('alice')
  t.match(lines.at(-1), /not in the audit log/)
  const refused = { status: 503, body: { code: 'DRAWBRIDGE_ADMIN_AUDIT_AWAY' } }
  t.match(await send('POST', '/api/users', { headers, body: { username: 'bob', role: 'viewer' } }), refused)
  t.match(await send('POST', '/api/tokens', { headers, body: { name: 'x' } }), refused)
  t.match(
    await send('PUT', '/api/me/password', { headers, body: { current: PASSWORD, password: 'another good one' } }),
    refused,
  )
  t.match(await command('DELETE', '/api/users/alice'), refused)
  state.isAway = false
  const users = (await send('GET', '/api/users', { headers })).body.users
  t.strictSame(
    users.map(({ username }: { username: string }) => username),
    ['alice'],
  )
  t.strictSame((await send('GET', '/api/tokens', { headers })).body.tokens, [])
})

t.test('a change that fails behind its entry is entered as failed', async (t) => {
  const { command, entries } = await startAdmin(t)
  await command('POST', '/api/users', { username: 'bob', role: 'viewer' })
  await command('POST', '/api/users', { username: 'bob', role: 'viewer' })
  t.strictSame(
    entries.map(({ outcome = 'done' }) => outcome),
    ['done', 'done', 'failed'],
  )
})

t.test('a flood of made-up credentials leaves room for others', async (t) => {
  let running = 0
  let most = 0
  const { send, addUser, signIn, clock } = await startAdmin(t, {
    storage: (real) =>
      wrapStorage(real, {
        async all(...args) {
          running += 1
          most = Math.max(most, running)
          return real.all(...args).finally(() => {
            running -= 1
          })
        },
      }),
  })
  await addUser('alice', 'viewer')
  const headers = await signIn('alice')
  t.equal((await send('GET', '/api/me', { headers })).status, 200)
  clock.advance(6000)
  most = 0
  const flood = Array.from({ length: 100 }, (_, i) =>
    send('GET', '/api/me', { headers: { cookie: `__Host-drawbridge=${String(i).padStart(43, 'x')}` } }),
  )
  t.equal((await send('GET', '/api/me', { headers })).status, 200)
  const statuses = new Set((await Promise.all(flood)).map(({ status }) => status))
  t.ok(
    [...statuses].every((status) => status === 401 || status === 503),
    [...statuses].join(),
  )
  t.ok(most <= 10, `${most} queries at once`)
})

function away(real: Storage, state: { readonly isAway: boolean }): Storage {
  const fail = () => Promise.reject(new Error('/data/secret.db is locked'))
  return wrapStorage(real, {
    all: (...args) => (state.isAway ? fail() : real.all(...args)),
    durable: (...args) => (state.isAway ? fail() : real.durable(...args)),
  })
}
