import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { PASSWORD, startAdmin } from './fixture.ts'

const HOUR = 3_600_000

t.test('the setup token of the log makes the first admin, once', async (t) => {
  const { send, lines, entries, storage } = await startAdmin(t)
  const token = await tokenIn(lines)
  t.strictSame((await send('GET', '/api/setup')).body, { is_needed: true })
  const stored = JSON.stringify(await storage.all('SELECT * FROM admin_setup_tokens'))
  t.notMatch(stored, token, 'stored hashed')
  const body = { token: token.toLowerCase().replaceAll('-', ' '), username: 'alice', password: PASSWORD }
  t.match(await send('POST', '/api/setup', { body }), { status: 201, body: { username: 'alice' } })
  t.match(entries, [{ action: 'setup', actor: { kind: 'user', name: 'alice' } }])
  t.strictSame((await send('GET', '/api/setup')).body, { is_needed: false })
  t.match(await send('POST', '/api/setup', { body: { ...body, username: 'mallory' } }), {
    status: 403,
    body: { code: 'DRAWBRIDGE_ADMIN_BAD_SETUP_TOKEN' },
  })
  t.match(await send('POST', '/api/login', { body: { username: 'Alice', password: PASSWORD } }), {
    status: 200,
    body: { username: 'alice', role: 'admin' },
  })
})

t.test('of many requests with the same setup token one wins', async (t) => {
  const { send, lines, command } = await startAdmin(t)
  const token = await tokenIn(lines)
  const names = ['a', 'b', 'c', 'd', 'e']
  const answers = await Promise.all(
    names.map((username) => send('POST', '/api/setup', { body: { token, username, password: PASSWORD } })),
  )
  t.strictSame(answers.map(({ status }) => status).sort(), [201, 403, 403, 403, 403])
  t.equal(((await command('GET', '/api/users')).body as { users: unknown[] }).users.length, 1)
})

t.test('a setup token ends after 24 hours, and a newer one replaces it', async (t) => {
  const { send, lines, command, clock } = await startAdmin(t)
  const old = await tokenIn(lines)
  const { status, body } = await command('POST', '/api/setup-token')
  t.equal(status, 201)
  const newer = (body as { setup_token: string }).setup_token
  const setUp = (token: string) =>
    send('POST', '/api/setup', { body: { token, username: 'alice', password: PASSWORD } })
  t.equal((await setUp(old)).status, 403)
  clock.advance(24 * HOUR)
  t.equal((await setUp(newer)).status, 403)
  const again = (await command('POST', '/api/setup-token')).body as { setup_token: string }
  t.equal((await setUp(again.setup_token)).status, 201)
  t.match(await command('POST', '/api/setup-token'), { status: 409 }, 'none once there is an account')
})

t.test('a weak password is refused with its rule, and does not use the token up', async (t) => {
  const { send, lines } = await startAdmin(t)
  const token = await tokenIn(lines)
  for (const [password, rule] of [
    ['short', /shorter than 12/],
    ['AdministratorAdministrator', /user name/],
    ['administrator', /user name/],
    ['aaaaaaaaaaaaaaaa', /same few/],
  ] as const) {
    const answer = await send('POST', '/api/setup', { body: { token, username: 'administrator', password } })
    t.match(answer, { status: 400, body: { errors: [{ pointer: '/password', detail: rule }] } }, password)
  }
  const body = { token, username: 'administrator', password: 'all lower case is fine' }
  t.equal((await send('POST', '/api/setup', { body })).status, 201)
})

t.test('a password file makes the account admin, without any token', async (t) => {
  const file = join(t.testdir(), 'password')
  writeFileSync(file, `${PASSWORD}\n`)
  const { signIn, lines, entries } = await startAdmin(t, { passwordFile: file })
  await until(() => lines.some((line) => line.includes('password file')))
  t.ok((await signIn('admin')).cookie)
  t.notMatch(lines.join('\n'), /no account yet/)
  t.match(entries[0], { action: 'setup', actor: { kind: 'system' } })
})

t.test('a password file that is missing or weak is said, and there is a setup token instead', async (t) => {
  for (const text of [undefined, 'weak\n']) {
    const file = join(t.testdir(), 'password')
    if (text !== undefined) writeFileSync(file, text)
    const { lines } = await startAdmin(t, { passwordFile: file })
    t.ok(await tokenIn(lines))
    t.match(lines.join('\n'), /the password file makes no account/)
  }
})

async function tokenIn(lines: readonly string[]): Promise<string> {
  await until(() => lines.some((line) => line.includes('no account yet')))
  return /enter ([A-Z0-9-]{24}) with/.exec(lines.join('\n'))?.[1] ?? ''
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve))
}
