import { createTestClock } from '@drawbridge/plugin-kit/testing'
import t from 'tap'
import { LoginThrottle } from '../src/login-throttle.ts'
import { PASSWORD, startAdmin } from './fixture.ts'

const SECOND = 1000
const HOUR = 3_600_000

t.test('20 wrong passwords lock the account for this address; the command line unlocks it', async (t) => {
  const { send, addUser, clock, command, entries } = await startAdmin(t)
  await addUser('alice', 'admin')
  const logIn = (password: string) => send('POST', '/api/login', { body: { username: 'alice', password } })
  for (let i = 0; i < 20; i += 1) {
    t.equal((await logIn(`wrong wrong ${i}`)).status, 401)
    clock.advance(61 * SECOND)
  }
  const locked = await logIn(PASSWORD)
  t.match(locked, { status: 429, body: { code: 'DRAWBRIDGE_ADMIN_THROTTLED' } })
  t.ok(Number(locked.headers['retry-after']) > 3000)
  t.equal(entries.filter(({ action }) => action === 'login_failed').length, 20)
  t.match(await command('POST', '/api/users/alice/unlock'), { status: 204 })
  t.equal((await logIn(PASSWORD)).status, 200)
})

t.test('20 wrong passwords in a row are not even looked at, for users that exist and others', async (t) => {
  const { send, addUser, entries } = await startAdmin(t)
  await addUser('alice', 'viewer')
  for (const username of ['alice', 'nobody']) {
    const statuses: number[] = []
    for (let i = 0; i < 20; i += 1)
      statuses.push((await send('POST', '/api/login', { body: { username, password: `wrong wrong ${i}` } })).status)
    t.strictSame(statuses, [...Array(5).fill(401), ...Array(15).fill(429)], username)
  }
  t.equal((await send('POST', '/api/login', { body: { username: 'alice', password: PASSWORD } })).status, 429)
  t.equal(entries.filter(({ action }) => action === 'login_failed').length, 10, 'a flood does not fill the audit log')
})

t.test('attempts at the same time are counted before they are judged', async (t) => {
  const { send, addUser } = await startAdmin(t)
  await addUser('alice', 'viewer')
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) =>
      send('POST', '/api/login', { body: { username: 'alice', password: `wrong wrong ${i}` } }),
    ),
  )
  t.equal(answers.filter(({ status }) => status === 401).length, 5)
})

t.test('the wait doubles, ends in a lock of an hour, and everything is forgotten after it', async (t) => {
  const clock = createTestClock()
  const throttle = new LoginThrottle(clock)
  const waits: number[] = []
  for (let i = 0; i < 20; i += 1) {
    throttle.begin('alice', '192.0.2.1')
    waits.push(waitOf(throttle, 'alice', '192.0.2.1'))
    clock.advance((waits.at(-1) ?? 0) * SECOND)
  }
  t.strictSame(waits.slice(0, 12), [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60])
  t.equal(waits.at(-1), 3600)
  t.equal(waitOf(throttle, 'alice', '192.0.2.1'), 0)
})

t.test('one address may not try one account after the other', async (t) => {
  const clock = createTestClock()
  const throttle = new LoginThrottle(clock)
  for (let i = 0; i < 21; i += 1) throttle.begin(`user${i}`, '2001:db8:1:2::1')
  t.equal(waitOf(throttle, 'other', '2001:db8:1:2:ffff::9'), 1, 'nor another address of its /64')
  t.equal(waitOf(throttle, 'other', '2001:db8:1:3::9'), 0)
})

t.test('guessing from everywhere is slow, and does not lock out whoever signed in here before', async (t) => {
  const clock = createTestClock()
  const throttle = new LoginThrottle(clock)
  throttle.begin('alice', '192.0.2.1').succeeded()
  for (let i = 0; i < 60; i += 1) {
    throttle.begin('alice', `198.51.100.${i}`)
    clock.advance(60 * SECOND)
  }
  t.doesNotThrow(() => throttle.begin('alice', '203.0.113.1'), 'one a minute')
  t.ok(waitOf(throttle, 'alice', '203.0.113.2') > 0, 'and no more')
  t.equal(waitOf(throttle, 'alice', '192.0.2.1'), 0)
  clock.advance(HOUR)
  t.equal(waitOf(throttle, 'alice', '203.0.113.2'), 0)
})

/** Seconds until an attempt is taken; leaves no trace. */
function waitOf(throttle: LoginThrottle, account: string, address: string): number {
  try {
    throttle.begin(account, address).cancelled()
    return 0
  } catch (error) {
    return (error as { retryAfter: number }).retryAfter
  }
}
