import t from 'tap'
import { echoListener, startBackend } from '../support/fixtures.ts'
import { startProcess, writeFolder } from '../support/gateway-process.ts'
import { runCommand } from '../support/run-command.ts'

const ROUTE = (url: string) => `host: 127.0.0.1\nbackend: ${url}\n`

t.test('commands of the admin API reach the running gateway without a password', async (t) => {
  const backend = await startBackend(t, echoListener)
  const { folder, url } = await startProcess(t, { files: { 'routes/a.yaml': ROUTE(backend.url) } })
  const id = (await fetch(`${url}/looked-for`)).headers.get('x-request-id') ?? ''
  t.match(await runCommand(folder, 'status'), { code: 0, stdout: /^Drawbridge .*: ok\nok +storage\nok +configuration/ })
  const added = await runCommand(folder, 'admin', 'user', 'add', 'alice', '--role', 'operator')
  t.match(added, { code: 0, stdout: /^[A-Z2-9-]{24}\n/ }, 'a token instead of a password')
  t.match(await runCommand(folder, 'admin', 'user', 'list', '--json'), { code: 0, stdout: /"username": "alice"/ })
  const traced = await runCommand(folder, 'trace', id)
  t.match(traced, { code: 0, stdout: /\/looked-for/ }, traced.stderr)
  const listed = await runCommand(folder, 'audit', 'list')
  t.match(listed, { code: 0, stdout: /user_add .*alice[\s\S]*gateway_started/ }, 'and all of it is accounted for')
})

t.test('where no gateway runs they work on the data folder themselves', async (t) => {
  const backend = await startBackend(t, echoListener)
  const gateway = await startProcess(t, { files: { 'routes/a.yaml': ROUTE(backend.url) } })
  await fetch(`${gateway.url}/before`)
  t.equal(await gateway.stop(), 0)
  t.match(await runCommand(gateway.folder, 'status'), { code: 1, stdout: /no gateway is running/ })
  t.match(await runCommand(gateway.folder, 'logs'), { code: 0, stdout: /\/before/ })
  t.match(await runCommand(gateway.folder, 'audit', 'verify'), { code: 0, stdout: /all as they were written/ })
})

t.test('a command that makes no sense is told why', async (t) => {
  const folder = writeFolder(t, { 'drawbridge.yaml': '{}\n', 'routes/a.yaml': ROUTE('http://127.0.0.1:9') })
  t.match(await runCommand(folder, 'privacy', 'erase'), { code: 2, stderr: /--ip/ })
  t.match(await runCommand(folder, 'admin', 'user', 'remove', 'nobody'), { code: 1, stderr: /nobody|no such|not/i })
  t.match(await runCommand(folder, 'audti', 'list'), { code: 2, stderr: /unknown command/ })
})

t.test('help names the commands of the plugins too', async (t) => {
  const folder = writeFolder(t, { 'drawbridge.yaml': '{}\n' })
  const { code, stdout } = await runCommand(folder, '--help')
  t.equal(code, 0)
  for (const name of ['run', 'logs', 'audit', 'privacy', 'retention', 'admin'])
    t.match(stdout, new RegExp(`\\n  ${name} `))
})

t.test('what happened last before a stop is in the audit log, in its order', async (t) => {
  const backend = await startBackend(t, echoListener)
  const gateway = await startProcess(t, { files: { 'routes/a.yaml': ROUTE(backend.url) } })
  gateway.write('routes/a.yaml', `${ROUTE(backend.url)}limits: { max_url: 1kb }\n`)
  await gateway.waitFor(/configuration applied/)
  t.equal(await gateway.stop(), 0)
  const { stdout } = await runCommand(gateway.folder, 'audit', 'list')
  t.match(stdout, /gateway_stopped[\s\S]*route_changed[\s\S]*config_reload[\s\S]*gateway_started/)
})
