import { adminCommands } from '@drawbridge/admin/commands'
import t from 'tap'
import { startAdmin, type TestAdmin } from './fixture.ts'

t.test('every command is a call that the API takes, and its answer in words', async (t) => {
  const admin = await startAdmin(t)
  const run = (name: string, args: string[] = [], options = {}) => runCommand(admin, name, { args, options })
  t.match(await run('admin setup-token'), /^[A-Z2-9]{4}(?:-[A-Z2-9]{4}){4}\n/)
  t.equal(await run('admin user list'), 'no account yet: drawbridge admin setup-token')
  t.match(await run('admin user add', ['alice'], { role: 'admin' }), /setup token/)
  t.match(await run('admin user add', ['bob']), /setup token/)
  t.equal(await run('admin user role', ['bob', 'operator']), 'changed')
  t.match(await run('admin user list'), /^username +role .*\nalice +admin .*\nbob +operator +false/)
  t.match(await run('admin reset-password', ['bob'], { clear2fa: true }), /setup token/)
  t.equal(await run('admin unlock', ['bob']), 'unlocked')
  const options = { user: 'bob', scopes: 'read:logs, write:bans', networks: '192.0.2.0/24', days: '7', role: 'viewer' }
  t.match(await run('admin token create', ['ci'], options), /^drawbridge_[\w-]{43}\n.*2026-01-08/)
  const list = await run('admin token list')
  t.match(list, /bob +ci +viewer +read:logs,write:bans +192\.0\.2\.0\/24/)
  const id = list.split('\n')[1]?.split(' ')[0] ?? ''
  t.equal(await run('admin token revoke', [id]), 'revoked')
  t.equal(await run('admin token list'), 'no tokens')
  t.equal(await run('admin user remove', ['bob']), 'removed')
  t.equal(await run('status'), 'Drawbridge 1.2.3: ok\nok    database')
  await t.rejects(run('admin token create', ['ci']), /--user NAME/)
  await t.rejects(run('admin token create', ['ci'], { user: 'alice', days: 'x' }), /--days x/)
})

t.test('a failing check is a failing status', async (t) => {
  const admin = await startAdmin(t, { readiness: () => [{ name: 'database', isOk: false, detail: 'disk full' }] })
  const { body } = await admin.command('GET', '/api/health')
  t.strictSame(adminCommands.find(({ name }) => name === 'status')?.format(body), {
    text: 'Drawbridge 1.2.3: failing\nFAIL  database  disk full',
    exitCode: 1,
  })
})

async function runCommand(admin: TestAdmin, name: string, input: { args: string[]; options: object }): Promise<string> {
  const command = adminCommands.find((one) => one.name === name)
  if (command === undefined) throw new Error(`no command ${name}`)
  const { method, path, body } = command.call({ args: input.args, options: { ...input.options } })
  const answer = await admin.command(method, path, body)
  if (answer.status >= 400) throw new Error(JSON.stringify(answer.body))
  return command.format(answer.body).text
}
