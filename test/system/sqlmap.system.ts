import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { callControl } from '../support/call-control.ts'
import { startBackend, type Teardown } from '../support/fixtures.ts'
import { type GatewayProcess, startProcess, writeFolder } from '../support/gateway-process.ts'

// sqlmap, which nobody here wrote, against a page that is open to it on purpose, behind the built gateway. Needs sqlmap from Debian and
// `npm run build`. Loopback only.

const MAX_MS = 90_000
/** What stops it from asking, from the network and from its own home, and bounds what it tries. */
const FIXED =
  '--batch --flush-session --disable-coloring --ignore-proxy --dbms=SQLite --level=3 --risk=3 --threads=1 --timeout=10 --retries=0'

/** It does not say by itself who it is then. */
const BROWSER = '--user-agent=Mozilla/5.0'

const isThere = spawnSync('sqlmap', ['--version']).status === 0
const skip = isThere ? false : 'sqlmap is not installed: apt-get install sqlmap'

t.before(() => {
  if (!existsSync(join(import.meta.dirname, '../../packages/gateway/dist/cli.js')))
    throw new Error('run `npm run build` first')
})

t.test('sqlmap finds the injection with the WAF off', { skip, timeout: MAX_MS }, async (t) => {
  const { gateway } = await start(t, 'waf: false')
  t.match(await attack(t, gateway, BROWSER, '--technique=BEU'), /sqlmap identified the following injection point/)
})

t.test(
  'and nothing with it on, while a second client browses as if nothing were',
  { skip, timeout: 2 * MAX_MS },
  async (t) => {
    const { gateway, reached } = await start(t, 'waf: { enabled: true }')
    const guest = browse(gateway)
    // A sqlmap that says who it is, one that pretends to be a browser, and one that writes its statements in another way.
    for (const more of [[], [BROWSER], [BROWSER, '--tamper=space2comment,randomcase']]) {
      const output = await attack(t, gateway, '--technique=BEUST', ...more)
      t.notMatch(output, /identified the following injection point|is vulnerable/, more.join(' '))
      t.match(output, /all tested parameters do not appear to be injectable/, 'it went through all it knows')
    }
    const { answers, wrong } = await guest.end()
    t.ok(answers > 20, `${answers} pages`)
    t.same(wrong, [], 'the guest got every page')
    t.same(
      reached.filter((id) => /\b(?:select|union)\b/i.test(id)),
      [],
      'no statement reached the page',
    )
  },
)

t.test(
  'and is banned where the WAF may ban, while a second client still browses',
  { skip, timeout: MAX_MS },
  async (t) => {
    const { gateway, reached } = await start(t, 'waf: { enabled: true, ban_after: 5, ban_duration: 1h }')
    const guest = browse(gateway)
    const output = await attack(t, gateway, BROWSER, '--technique=BEUST')
    t.notMatch(output, /identified the following injection point|is vulnerable/)
    t.match(output, /403 \(Forbidden\) - \d+ times/, 'it sees itself refused')
    const { answers, wrong } = await guest.end()
    t.ok(answers > 20, `${answers} pages`)
    t.same(wrong, [], 'the guest got every page')
    t.equal(await statusFrom(gateway, '127.0.0.1'), 403, 'a harmless page is refused as well')
    t.equal(await statusFrom(gateway, '127.0.0.2'), 200)
    const { bans } = await callControl<{ bans: ListedBan[] }>(join(gateway.folder, 'data'), 'GET', '/api/bans')
    t.match(bans, [{ address: '127.0.0.1', route: '127.0.0.1', banned_by: 'waf', is_stored: true }])
    t.equal(bans.length, 1)
    t.equal(bans[0]?.request_ids.length, 5, 'with the requests that led to it')
    t.same(
      reached.filter((id) => /\b(?:select|union)\b/i.test(id)),
      [],
      'no statement reached the page',
    )
  },
)

interface ListedBan {
  readonly address: string
  readonly route: string
  readonly banned_by: string
  readonly request_ids: readonly string[]
  readonly is_stored: boolean
}

/** A page that puts a parameter into a statement as it comes, behind the gateway. */
async function start(t: Teardown, waf: string) {
  const database = new DatabaseSync(':memory:')
  database.exec("CREATE TABLE items (id INTEGER, name TEXT); INSERT INTO items VALUES (1, 'lamp'), (2, 'chair')")
  t.teardown(() => database.close())
  const reached: string[] = []
  const { url } = await startBackend(t, (request, response) => {
    const id = new URL(request.url ?? '/', 'http://a').searchParams.get('id') ?? '1'
    reached.push(id)
    try {
      const rows = database.prepare(`SELECT id, name FROM items WHERE id = ${id}`).all()
      response.end(`<html><body><h1>Items</h1>${rows.map(({ name }) => `<p>${name}</p>`).join('')}</body></html>`)
    } catch (error) {
      response.statusCode = 500
      response.end(`<html><body>SQLite error: ${(error as Error).message}</body></html>`)
    }
  })
  const route = `host: 127.0.0.1\nbackend: ${url}\n${waf}\n`
  const gateway = await startProcess(t, { files: { 'routes/a.yaml': route }, isBuilt: true })
  return { gateway, reached }
}

/** What sqlmap prints. */
async function attack(t: Teardown, gateway: GatewayProcess, ...more: readonly string[]): Promise<string> {
  const folder = writeFolder(t, {})
  const args = ['-u', `${gateway.url}/item?id=1`, ...FIXED.split(' '), `--output-dir=${folder}`, ...more]
  const child = spawn('sqlmap', args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, HOME: folder } })
  t.teardown(() => child.kill('SIGKILL'))
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  await new Promise((resolve) => child.on('close', resolve))
  return output
}

/** What a client at this address gets for a harmless page. */
function statusFrom({ port }: GatewayProcess, localAddress: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/item?id=2', localAddress }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode))
    }).on('error', reject)
  })
}

/** A visitor from another address, who asks for a page again and again until told to end. */
function browse(gateway: GatewayProcess) {
  const wrong: string[] = []
  let answers = 0
  let isOver = false
  const pages = ['/item?id=1', '/item?id=2', '/', '/item?id=1&note=select+a+lamp+from+the+list']
  const visit = (path: string) =>
    new Promise<void>((resolve) => {
      const request = get({ host: '127.0.0.1', port: gateway.port, path, localAddress: '127.0.0.2' }, (response) => {
        response.resume().on('end', resolve)
        answers += 1
        if (response.statusCode !== 200) wrong.push(`${path}: ${response.statusCode}`)
      })
      request.on('error', (error) => {
        wrong.push(`${path}: ${error.message}`)
        resolve()
      })
    })
  const walk = (async () => {
    for (let turn = 0; !isOver; turn++) {
      await visit(pages[turn % pages.length] ?? '/')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })()
  return {
    async end() {
      isOver = true
      await walk
      return { answers, wrong }
    },
  }
}
