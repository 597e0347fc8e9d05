import { rmSync } from 'node:fs'
import { get, request } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { echoListener, listen, startBackend } from '../support/fixtures.ts'
import { startProcess, writeFolder } from '../support/gateway-process.ts'
import { runCommand } from '../support/run-command.ts'

const TRANSFERS = 64

const route = (host: string, url: string, more = '') => `host: ${host}\nbackend: ${url}\n${more}`

function ask(url: string, host: string): Promise<{ status: number; mark: string | null }> {
  return new Promise((resolve, reject) => {
    request(`${url}/`, { headers: { host }, agent: false }, (response) => {
      response.resume()
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, mark: (response.headers['x-mark'] as string) ?? null }),
      )
    })
      .on('error', reject)
      .end()
  })
}

t.test('a configuration with an error never starts', async (t) => {
  const folder = writeFolder(t, {
    'drawbridge.yaml': '{}\n',
    'routes/a.yaml': 'host: a.test\nbackend: http://127.0.0.1:3000\nlimit: {}\n',
  })
  const { code, stderr } = await runCommand(folder, 'run')
  t.equal(code, 3)
  t.match(stderr, /routes\/a\.yaml:3:1/)
  t.match(stderr, /did you mean "limits"\?/)
  t.match(stderr, /nothing was started/)
})

t.test('the start tells addresses, routes and what to do next', async (t) => {
  const backend = await startBackend(t, echoListener)
  const gateway = await startProcess(t, { files: { 'routes/a.yaml': route('a.test', backend.url) } })
  const { stderr } = gateway.output()
  t.match(stderr, /listening {2}127\.0\.0\.1:\d+/)
  t.match(stderr, /admin {6}127\.0\.0\.1:\d+/)
  t.match(stderr, new RegExp(`routes {5}a\\.test → ${backend.url}`))
  t.match(stderr, /next {7}curl -H 'Host: a\.test'/)
  t.match(await ask(gateway.url, 'a.test'), { status: 200 })
  t.equal(await gateway.stop(), 0)
})

t.test('a typo leaves the running configuration alone, and the next good save is taken', async (t) => {
  const backend = await startBackend(t, echoListener)
  const marked = (mark: string, key = 'headers') =>
    route('a.test', backend.url, `${key}: { response: { add: { X-Mark: "${mark}" } } }\n`)
  const gateway = await startProcess(t, { files: { 'routes/a.yaml': marked('first') } })
  t.match(await ask(gateway.url, 'a.test'), { mark: 'first' })

  gateway.write('routes/a.yaml', marked('second', 'haeders'))
  await gateway.waitFor(/configuration refused/)
  t.match(gateway.output().stderr, /routes\/a\.yaml:3:1[\s\S]*unknown key "haeders"[\s\S]*did you mean "headers"\?/)
  t.match(await ask(gateway.url, 'a.test'), { mark: 'first' }, 'the old one goes on')

  gateway.write('routes/a.yaml', marked('third'))
  await gateway.waitFor(/configuration applied/)
  t.match(await ask(gateway.url, 'a.test'), { mark: 'third' })
})

t.test('a new file is a new route, a removed file ends one, and an emptied folder ends nothing', async (t) => {
  const backend = await startBackend(t, echoListener)
  const gateway = await startProcess(t, { files: { 'routes/a.yaml': route('a.test', backend.url) } })
  gateway.write('routes/b.yaml', route('b.test', backend.url))
  await gateway.waitFor(/"added":\["b\.test"\]/)
  t.match(await ask(gateway.url, 'b.test'), { status: 200 })
  rmSync(join(gateway.folder, 'routes/a.yaml'))
  await gateway.waitFor(/"removed":\["a\.test"\]/)
  t.match(await ask(gateway.url, 'a.test'), { status: 404 })
  rmSync(join(gateway.folder, 'routes/b.yaml'))
  await gateway.waitFor(/configuration refused/)
  t.match(await ask(gateway.url, 'b.test'), { status: 200 }, 'an empty folder is more likely a mistake than a wish')
})

t.test('HUP reloads where nothing is watched', async (t) => {
  const backend = await startBackend(t, echoListener)
  const gateway = await startProcess(t, {
    files: { 'routes/a.yaml': route('a.test', backend.url) },
    args: ['--no-watch'],
  })
  gateway.write('routes/b.yaml', route('b.test', backend.url))
  gateway.child.kill('SIGHUP')
  await gateway.waitFor(/configuration applied/)
  t.match(await ask(gateway.url, 'b.test'), { status: 200 })
})

t.test('--skip-broken-routes starts with the routes that are right', async (t) => {
  const backend = await startBackend(t, echoListener)
  const files = { 'routes/a.yaml': route('a.test', backend.url), 'routes/b.yaml': 'host: b.test\nbackend: nonsense\n' }
  const gateway = await startProcess(t, { files, args: ['--skip-broken-routes'] })
  t.match(gateway.output().stderr, /routes\/b\.yaml/)
  t.match(await ask(gateway.url, 'a.test'), { status: 200 })
  t.match(await ask(gateway.url, 'b.test'), { status: 404 })
})

t.test(`TERM during ${TRANSFERS} transfers lets all of them end, and the exit code is 0`, async (t) => {
  const held: (() => void)[] = []
  const { promise: allRunning, resolve: onAllRunning } = Promise.withResolvers<void>()
  const backend = await startBackend(t, (_request, response) => {
    response.write('first half, ')
    held.push(() => response.end('second half'))
    if (held.length === TRANSFERS) onAllRunning()
  })
  const gateway = await startProcess(t, { files: { 'routes/a.yaml': route('a.test', backend.url) } })
  const transfers = Array.from({ length: TRANSFERS }, () => download(gateway.port))
  await allRunning
  gateway.child.kill('SIGTERM')
  await gateway.waitFor(/stopping: no new connections/)
  const stranger = await ask(gateway.url, 'a.test').catch((error: Error & { code?: string }) => error.code)
  t.match(stranger, /^ECONN(REFUSED|RESET)$/, 'nobody new is let in')
  for (const end of held) end()
  t.strictSame(new Set(await Promise.all(transfers)), new Set(['first half, second half']))
  t.equal(await gateway.stop('SIGCONT'), 0)
})

t.test('a second signal stops at once', async (t) => {
  const { promise: isRunning, resolve: onRunning } = Promise.withResolvers<void>()
  const backend = await startBackend(t, () => onRunning())
  const gateway = await startProcess(t, { files: { 'routes/a.yaml': route('a.test', backend.url) } })
  const answer = ask(gateway.url, 'a.test').catch((error: Error & { code?: string }) => error.code)
  await isRunning
  gateway.child.kill('SIGTERM')
  await gateway.waitFor(/stopping: no new connections/)
  t.equal(await gateway.stop('SIGTERM'), 1)
  t.equal(await answer, 'ECONNRESET')
})

t.test('a taken port is said in words', async (t) => {
  const holder = createTcpServer()
  t.teardown(() => holder.close())
  const port = await listen(holder)
  const folder = writeFolder(t, {
    'drawbridge.yaml': `listen: { http: "127.0.0.1:${port}" }\nadmin: { listen: "127.0.0.1:0" }\n`,
  })
  const { code, stderr } = await runCommand(folder, 'run')
  t.equal(code, 1)
  t.match(stderr, new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: another program has it`))
})

t.test('an address that this machine does not have is said in words', async (t) => {
  const main = 'listen: { http: "192.0.2.1:8080" }\nadmin: { listen: "127.0.0.1:0" }\n'
  const { code, stderr } = await runCommand(writeFolder(t, { 'drawbridge.yaml': main }), 'run')
  t.equal(code, 1)
  t.match(stderr, /cannot listen on 192\.0\.2\.1:8080: this machine has no such address/)
})

t.test('a log level that there is not is a usage error', async (t) => {
  const folder = writeFolder(t, { 'drawbridge.yaml': '{}\n' })
  process.env.DRAWBRIDGE_LOG_LEVEL = 'loud'
  t.teardown(() => delete process.env.DRAWBRIDGE_LOG_LEVEL)
  const { code, stderr } = await runCommand(folder, 'run')
  t.equal(code, 2)
  t.match(stderr, /DRAWBRIDGE_LOG_LEVEL "loud" is none of trace, debug, info/)
  t.notMatch(stderr, / at /)
})

t.test('the demo site answers behind a route that says so', async (t) => {
  const gateway = await startProcess(t, { files: { 'routes/demo.yaml': 'host: demo.test\nbackend: demo\n' } })
  t.match(await ask(gateway.url, 'demo.test'), { status: 200 })
  t.match(await download(gateway.port, 'demo.test:1234'), 'curl demo.test:1234/headers', 'commands for where it is')
})

t.test('a database that cannot be opened does not keep the gateway from serving', async (t) => {
  const backend = await startBackend(t, echoListener)
  const files = {
    'routes/a.yaml': route('a.test', backend.url),
    'data/drawbridge.db': 'this is no database, whatever its name says',
  }
  const gateway = await startProcess(t, { files })
  await gateway.waitFor(/not an SQLite database[\s\S]*nothing is stored: requests are served/)
  t.match(await ask(gateway.url, 'a.test'), { status: 200 })
})

t.test('livez and readyz answer on the admin address', async (t) => {
  const gateway = await startProcess(t, { files: { 'routes/demo.yaml': 'host: demo.test\nbackend: demo\n' } })
  const admin = /admin +(\S+)/.exec(gateway.output().stderr)?.[1]
  t.equal((await fetch(`http://${admin}/livez`)).status, 200)
  t.equal((await fetch(`http://${admin}/readyz`)).status, 200)
  t.equal((await fetch(`http://${admin}/`)).status, 401, 'and nothing else to strangers')
})

function download(port: number, host = 'a.test'): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', headers: { host }, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => (body += text))
      response.on('end', () => resolve(body))
      response.on('error', reject)
    }).on('error', reject)
  })
}
