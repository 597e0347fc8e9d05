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
  t.match(stderr, /^error\[unknown-key\] routes\/panel\.yaml:4:3$/m, 'the path as short as the command was given it')
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

t.test('explain says why a request is refused', async (t) => {
  const folder = writeFolder(t, { 'drawbridge.yaml': '{}\n', 'routes/panel.yaml': ROUTE })
  const climbing = await runCommand(folder, 'explain', 'GET', 'http://panel.test/../../etc')
  t.match(climbing.stdout, /refused {4}DRAWBRIDGE_CORE_BAD_REQUEST: .*request target/)
  const length = ['--header', 'content-length: 99999999']
  const large = await runCommand(folder, 'explain', 'POST', 'http://panel.test/', ...length, '--json')
  t.match(JSON.parse(large.stdout), {
    refused: { code: 'DRAWBRIDGE_LIMITS_BODY_TOO_LARGE' },
    toClient: { status: 413 },
  })
})

t.test('explain follows an upgrade, and ends for a CONNECT', async (t) => {
  const folder = writeFolder(t, { 'drawbridge.yaml': '{}\n', 'routes/panel.yaml': ROUTE })
  const handshake = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ]
  const headers = handshake.flatMap((line) => ['--header', line])
  const upgrade = await runCommand(folder, 'explain', 'GET', 'http://panel.test/ws', ...headers)
  t.match(upgrade.stdout, /route {6}panel\.test/)
  t.match(upgrade.stdout, /gets 101/)
  const connect = await runCommand(folder, 'explain', 'CONNECT', 'http://panel.test/')
  t.match(connect.stdout, /the listener itself answers/)
  t.match(connect.stdout, /gets 405/)
})

t.test('explain believes the forwarding headers of trusted proxies only, as the gateway does', async (t) => {
  const folder = writeFolder(t, { 'drawbridge.yaml': 'trusted_proxies: [10.0.0.1]\n', 'routes/panel.yaml': ROUTE })
  const claim = ['--header', 'X-Forwarded-For: 198.51.100.9']
  const fromAnybody = await runCommand(folder, 'explain', 'GET', 'panel.test', ...claim, '--ip', '203.0.113.5')
  t.match(fromAnybody.stdout, /X-Forwarded-For: 203\.0\.113\.5\n[\s\S]*X-Real-IP: 203\.0\.113\.5\n/)
  const fromProxy = await runCommand(folder, 'explain', 'GET', 'panel.test', ...claim, '--ip', '10.0.0.1')
  t.match(fromProxy.stdout, /X-Forwarded-For: 198\.51\.100\.9, 10\.0\.0\.1\n[\s\S]*X-Real-IP: 198\.51\.100\.9\n/)
})

t.test('explain refuses what no client could send', async (t) => {
  const folder = writeFolder(t, { 'drawbridge.yaml': '{}\n', 'routes/panel.yaml': ROUTE })
  for (const [args, expected] of [
    [['GET', 'panel.test', '--ip', 'nobody'], /--ip "nobody" is no address/],
    [['G T', 'panel.test'], /"G T" is no HTTP method/],
    [['GET', 'panel.test', '--header', 'a b: c'], /--header "a b": Header name must be a valid HTTP token/],
  ] as const) {
    const { code, stderr } = await runCommand(folder, 'explain', ...args)
    t.equal(code, 2)
    t.match(stderr, expected)
    t.notMatch(stderr, / at .*\.ts/, 'no stack')
  }
})

t.test('explain prints no secret', async (t) => {
  const add = `headers: { request: { set: { Authorization: "Bearer \${file:token}", X-Open: shown } } }\n`
  const folder = writeFolder(t, {
    'drawbridge.yaml': '{}\n',
    'routes/panel.yaml': ROUTE + add,
    'routes/token': 's3cret',
  })
  const { stdout } = await runCommand(folder, 'explain', 'GET', 'panel.test')
  t.match(stdout, 'Authorization: ••••')
  t.match(stdout, 'X-Open: shown')
  t.notMatch(stdout, 's3cret')
})

t.test('config --host finds the wildcard route that serves a name', async (t) => {
  const files = { 'routes/wild.yaml': 'host: "*.panel.test"\nbackend: http://127.0.0.1:3000\n' }
  const folder = writeFolder(t, { 'drawbridge.yaml': '{}\n', ...files })
  const { code, stdout } = await runCommand(folder, 'config', '--host', 'a.panel.test')
  t.equal(code, 0)
  t.match(parse(stdout), { host: '*.panel.test' })
})

t.test('a file that cannot be written, and a plugin that is not there, are told without a stack', async (t) => {
  const folder = writeFolder(t, { 'drawbridge.yaml': 'plugins: [no-such-plugin]\n' })
  const written = await runCommand(writeFolder(t, {}), 'schema', '-o', 'no-such-folder/schema.json')
  t.equal(written.code, 1)
  t.match(written.stderr, /^drawbridge: ENOENT[^\n]*schema\.json'\n$/)
  const loaded = await runCommand(folder, 'validate')
  t.equal(loaded.code, 3)
  t.match(loaded.stderr, /^drawbridge: plugins: cannot load "no-such-plugin": [^\n]*Install it[^\n]*\n$/)
})

t.test('a plugin that is installed beside the configuration is found there', async (t) => {
  const manifest = `export const plugin = { name: 'beside', key: 'beside', phase: 'gate', isOnByDefault: false,
    options: { type: 'object', properties: {}, additionalProperties: false }, route: async () => {} }`
  const folder = writeFolder(t, {
    'drawbridge.yaml': 'plugins: [drawbridge-plugin-beside]\n',
    'routes/a.yaml': `${ROUTE}beside: true\n`,
    'node_modules/drawbridge-plugin-beside/package.json': '{ "type": "module", "exports": "./index.js" }',
    'node_modules/drawbridge-plugin-beside/index.js': manifest,
  })
  const { code, stdout, stderr } = await runCommand(folder, 'validate')
  t.equal(code, 0, stdout + stderr)
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
