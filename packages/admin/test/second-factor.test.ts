import { TOTP } from 'otpauth'
import t, { type Test } from 'tap'
import { PASSWORD, startAdmin, type TestAdmin } from './fixture.ts'

t.test('the second factor counts once a code was sent back, and is then wanted at sign-in', async (t) => {
  const admin = await startAdmin(t)
  const { send, clock, signIn } = admin
  const { secret, recovery } = await turnOn(t, admin)
  const logIn = (code?: string) =>
    send('POST', '/api/login', {
      body: { username: 'alice', password: PASSWORD, ...(code === undefined ? {} : { code }) },
    })
  t.match(await logIn(), { status: 401, body: { code: 'DRAWBRIDGE_ADMIN_CODE_NEEDED' } })
  t.match(await logIn('000000'), { status: 401, body: { code: 'DRAWBRIDGE_ADMIN_BAD_LOGIN' } })
  t.equal((await logIn(codeAt(secret, clock.wallNow()))).status, 401, 'the code of the confirmation is used up')
  clock.advance(30_000)
  const code = codeAt(secret, clock.wallNow())
  t.equal((await logIn(code)).status, 200)
  t.equal((await logIn(code)).status, 401, 'no code twice')
  t.equal((await logIn(codeAt(secret, clock.wallNow() - 30_000))).status, 401, 'nor an older one')
  clock.advance(60_000)
  t.equal(recovery.length, 10)
  t.equal((await logIn(recovery[0]?.toLowerCase())).status, 200)
  t.equal((await logIn(recovery[0])).status, 401, 'a recovery code is good once')
  clock.advance(60_000)
  const headers = await signIn('alice', recovery[1])
  t.match((await send('GET', '/api/me', { headers })).body, { has_second_factor: true })
})

t.test('of two sign-ins with one code at the same time one wins', async (t) => {
  const admin = await startAdmin(t)
  const { secret } = await turnOn(t, admin)
  admin.clock.advance(30_000)
  const body = { username: 'alice', password: PASSWORD, code: codeAt(secret, admin.clock.wallNow()) }
  const answers = await Promise.all([1, 2, 3].map(() => admin.send('POST', '/api/login', { body })))
  t.strictSame(answers.map(({ status }) => status).sort(), [200, 401, 401])
})

t.test('it is drawn here, as an SVG, and a wrong first code turns nothing on', async (t) => {
  const { send, addUser, signIn } = await startAdmin(t)
  await addUser('alice', 'viewer')
  const headers = await signIn('alice')
  const { body } = await send('POST', '/api/me/second-factor', { headers })
  t.match(body.qr_svg, /^<svg /)
  t.match(body.uri, new RegExp(`^otpauth://totp/Drawbridge:alice\\?.*secret=${body.secret}`))
  t.equal((await send('PUT', '/api/me/second-factor', { headers, body: { code: '000000' } })).status, 400)
  t.ok(await signIn('alice'))
})

t.test('it is turned off with a code, or with the password by the command line', async (t) => {
  const admin = await startAdmin(t)
  const { headers, recovery } = await turnOn(t, admin)
  const { send, command, signIn } = admin
  t.equal((await send('POST', '/api/me/second-factor/off', { headers, body: { code: '000000' } })).status, 401)
  t.equal((await send('POST', '/api/me/second-factor/off', { headers, body: { code: recovery[0] } })).status, 204)
  t.ok(await signIn('alice'))
  await turnOnFor(t, admin, headers)
  const reset = await command('POST', '/api/users/alice/reset-password', { clear_2fa: true })
  const { setup_token: token } = reset.body as { setup_token: string }
  t.equal((await send('GET', '/api/me', { headers })).status, 401, 'all sessions end')
  t.equal((await send('POST', '/api/setup', { body: { token, username: 'alice', password: PASSWORD } })).status, 201)
  t.ok(await signIn('alice'))
})

async function turnOn(t: Test, admin: TestAdmin) {
  await admin.addUser('alice', 'viewer')
  return turnOnFor(t, admin, await admin.signIn('alice'))
}

async function turnOnFor(t: Test, { send, clock }: TestAdmin, headers: Record<string, string>) {
  const { secret } = (await send('POST', '/api/me/second-factor', { headers })).body
  const answer = await send('PUT', '/api/me/second-factor', {
    headers,
    body: { code: codeAt(secret, clock.wallNow()) },
  })
  t.equal(answer.status, 200)
  return { secret, headers, recovery: answer.body.recovery_codes as string[] }
}

function codeAt(secret: string, timestamp: number): string {
  return new TOTP({ secret }).generate({ timestamp })
}
