import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import t from 'tap'
import { parse } from 'yaml'
import { writeFolder } from '../support/gateway-process.ts'
import { runCommand } from '../support/run-command.ts'

const ROUTE = 'host: panel.test\nbackend: http://127.0.0.1:3000\nlimits:\n  max_request_body: 5mb\n'
const TYPO = 'host: panel.test\nbackend: http://127.0.0.1:3000\nlimits:\n  max_request_bodi: 5mb\n'

t.test('validate says that a right configuration is right', async (t) => {
  const folder = writeFolder(t, { 'drawbridge.yaml': '{}\n', 'routes/panel.yaml': ROUTE })
  const { code, stdout, stderr } = await runCommand(folder, 'validate')
  t.equal(code, 0)
  t.equal(stdout, '', 'words for people do not go to standard output')
  t.match(stderr, /is valid: 1 route/)
})

t.test('validate names file, line, column and the likely key of a typo, and exits with 3', async (t) => {
  const folder = writeFolder(t, { 'drawbridge.yaml': '{}\n', 'routes/panel.yaml': TYPO })
  const { code, stderr } = await runCommand(folder, 'validate')
  t.equal(code, 3)
  t.match(stderr, /error\[unknown-key\] \S*routes\/panel\.yaml:4:3/)
  t.match(stderr, /did you mean "max_request_body"\?/)
  t.match(stderr, /1 error in 1 file/)
})

t.test('validate -t is the habit of nginx, and --json is for programs', async (t) => {
  const folder = writeFolder(t, { 'drawbridge.yaml': '{}\n', 'routes/panel.yaml': TYPO })
  const { code, stdout } = await runCommand(folder, '-t', '--json')
  t.equal(code, 3)
  t.match(JSON.parse(stdout), [
    { severity: 'error', code: 'unknown-key', line: 4, column: 3, path: ['limits', 'max_request_bodi'] },
  ])
})

t.test('without a configuration a command says where it looked and how to get one', async (t) => {
  const folder = writeFolder(t, {})
  const { code, stderr } = await runCommand(folder, 'validate', '-c', join(folder, 'missing.yaml'))
  t.equal(code, 2)
  t.match(stderr, /there is no .*missing\.yaml.*drawbridge init/)
})

t.test('an unknown command is a usage error', async (t) => {
  const { code } = await runCommand(writeFolder(t, {}), 'no-such-command')
  t.equal(code, 2)
})

t.test('config --origins shows where each value comes from', async (t) => {
  const folder = writeFolder(t, {
    'drawbridge.yaml': 'defaults:\n  timeouts: { read: 45s }\n',
    'routes/panel.yaml': ROUTE,
  })
  const { code, stdout } = await runCommand(folder, 'config', '--host', 'panel.test', '--origins')
  t.equal(code, 0)
  t.match(stdout, /max_request_body: 5mb # \S*routes\/panel\.yaml:4/)
  t.match(stdout, /read: 45s # \S*drawbridge\.yaml:2/)
  t.match(stdout, /connect: 5s # default/)
})

t.test('config prints YAML that loads again', async (t) => {
  const folder = writeFolder(t, { 'drawbridge.yaml': '{}\n', 'routes/panel.yaml': ROUTE })
  const { stdout } = await runCommand(folder, 'config', '--host', 'panel.test')
  const again = writeFolder(t, { 'drawbridge.yaml': '{}\n', 'routes/panel.yaml': stdout })
  const { code, stderr } = await runCommand(again, 'validate')
  t.equal(code, 0, stderr)
  t.match(parse(stdout), { host: 'panel.test', limits: { max_request_body: '5mb' } })
})

t.test('explain sends the request through the real route and tells what everybody gets', async (t) => {
  const folder = writeFolder(t, { 'drawbridge.yaml': '{}\n', 'routes/panel.yaml': ROUTE })
  const { code, stdout } = await runCommand(
    folder,
    'explain',
    'GET',
    'http://panel.test//a/../b',
    '--ip',
    '198.51.100.9',
  )
  t.equal(code, 0)
  t.match(stdout, /route {6}panel\.test {2}\(.*routes\/panel\.yaml:1\)/)
  t.match(stdout, /path {7}\/b /)
  t.match(stdout, /backend {4}http:\/\/127\.0\.0\.1:3000 gets GET \/\/a\/\.\.\/b/, 'the bytes as they came')
  t.match(stdout, /X-Forwarded-For: 198\.51\.100\.9\n/)
  t.match(stdout, /X-Real-IP: 198\.51\.100\.9/)
  t.match(stdout, /client {5}gets 200/)
})

t.test('explain tells that no route serves a host', async (t) => {
  const folder = writeFolder(t, { 'drawbridge.yaml': '{}\n', 'routes/panel.yaml': ROUTE })
  const { stdout } = await runCommand(folder, 'explain', 'GET', 'http://other.test/')
  t.match(stdout, /none serves this host/)
  t.match(stdout, /backend {4}is not asked/)
  t.match(stdout, /gets 404/)
})

t.test('schema is draft-07 that plain Ajv compiles', async (t) => {
  const { code, stdout } = await runCommand(writeFolder(t, {}), 'schema')
  t.equal(code, 0)
  const validate = new Ajv({ strict: false }).compile(JSON.parse(stdout))
  t.ok(validate(parse(ROUTE)))
  t.notOk(validate(parse(TYPO)))
})

t.test('init writes a configuration that is valid, and never overwrites one', async (t) => {
  const folder = writeFolder(t, {})
  t.equal((await runCommand(folder, 'init', '--yes')).code, 0)
  t.ok(existsSync(join(folder, 'drawbridge.schema.json')))
  t.match(readFileSync(join(folder, 'drawbridge.yaml'), 'utf8'), /\$schema=\.\/drawbridge\.schema\.json/)
  t.equal((await runCommand(folder, 'validate')).code, 0)
  const again = await runCommand(folder, 'init', '--yes')
  t.equal(again.code, 4)
  t.match(again.stderr, /exists already; nothing was written/)
})

t.test('version prints the version', async (t) => {
  const folder = writeFolder(t, {})
  t.match((await runCommand(folder, 'version')).stdout, /^\d+\.\d+\.\d+\n$/)
  t.match(JSON.parse((await runCommand(folder, 'version', '--json')).stdout), { node: /^24\./, plugins: /limits/ })
})
