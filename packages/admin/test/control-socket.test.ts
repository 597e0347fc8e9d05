import { spawnSync } from 'node:child_process'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { sendTo, startAdmin } from './fixture.ts'

t.test('over the control socket the command line is an admin, under the name that it says', async (t) => {
  const { admin, entries, folder, send } = await startAdmin(t)
  const socketPath = join(folder, 'run/control.sock')
  await admin.listenControl(socketPath)
  t.equal(statSync(socketPath).mode & 0o777, 0o600)
  t.equal(statSync(join(folder, 'run')).mode & 0o777, 0o700)
  const call = (method: string, path: string, sent = {}) =>
    sendTo({ socketPath, method, path }, { headers: { host: 'localhost', 'x-drawbridge-user': 'carol' }, ...sent })
  t.match((await call('GET', '/api/me')).body, { kind: 'cli', name: 'carol', role: 'admin' })
  t.equal((await call('POST', '/api/users', { body: { username: 'bob', role: 'viewer' } })).status, 201)
  t.match(entries, [{ actor: { kind: 'cli', name: 'carol' }, source: 'cli', action: 'user_add' }])
  t.match((await call('PUT', '/api/me/password', { body: { current: 'x', password: 'y' } })).status, 403)
  t.match((await call('GET', '/api/me', { headers: { 'x-drawbridge-user': 'a b\tc' } })).body, { name: 'unknown' })
  t.match((await call('GET', '/readyz')).body, { status: 'ok' })
  t.equal((await send('GET', '/api/me', { headers: { 'x-drawbridge-user': 'carol' } })).status, 401, 'not over TCP')
})

t.test('a socket that nobody listens behind is replaced, another is not', async (t) => {
  const one = await startAdmin(t)
  const two = await startAdmin(t)
  const socketPath = join(one.folder, 'control.sock')
  leaveStale(socketPath)
  await one.admin.listenControl(socketPath)
  t.equal((await sendTo({ socketPath, method: 'GET', path: '/livez' }, { headers: { host: 'localhost' } })).status, 200)
  await t.rejects(two.admin.listenControl(socketPath), /another gateway runs/)
  t.equal((await sendTo({ socketPath, method: 'GET', path: '/livez' }, { headers: { host: 'localhost' } })).status, 200)
})

t.test('a file that is no socket is left alone', async (t) => {
  const { admin, folder } = await startAdmin(t)
  const path = join(folder, 'control.sock')
  writeFileSync(path, 'precious')
  await t.rejects(admin.listenControl(path))
  t.ok(statSync(path).isFile())
})

t.test('calls within the process are who they say, and nobody else is', async (t) => {
  const { admin, send } = await startAdmin(t)
  const caller = { kind: 'system', name: 'mcp', role: 'viewer', source: 'system', address: '' } as const
  const [inside, outside] = await Promise.all([
    admin.call(caller, { method: 'GET', path: '/api/health' }),
    send('GET', '/api/health'),
  ])
  t.strictSame([inside.status, outside.status], [200, 401])
  t.match(await admin.call(caller, { method: 'GET', path: '/api/users' }), { status: 403 })
})

/** What a killed process leaves: a bound socket file, nobody behind it. */
function leaveStale(path: string): void {
  const file = JSON.stringify(path)
  const script = `require('node:net').createServer().listen(${file}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', script])
  statSync(path)
}
