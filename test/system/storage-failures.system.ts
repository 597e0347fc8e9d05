import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '@drawbridge/db'
import t, { type Test } from 'tap'
import { echoListener, startBackend, type Teardown } from '../support/fixtures.ts'
import { commandLine, type GatewayProcess, startProcess, writeFolder } from '../support/gateway-process.ts'

/** Storage looks at its file every five seconds. */
const PATIENCE_MS = 20_000
const MIB = 1024 * 1024
const needsMount = canMount() ? {} : { skip: 'this user may not mount a small disk' }

t.test('a damaged database at the start: requests are served, it is said, and a good file is taken', async (t) => {
  const gateway = await start(t, { 'data/drawbridge.db': `no database at all ${'x'.repeat(4096)}` })
  await shows(t, gateway, { problem: /not an SQLite database/ })
  rmSync(join(gateway.folder, 'data/drawbridge.db'))
  await recovers(t, gateway)
})

t.test(
  'a database that another process holds: requests are served, it is said, and it goes on by itself',
  async (t) => {
    const gateway = await start(t)
    const other = openDatabase({ file: join(gateway.folder, 'data/drawbridge.db') })
    t.teardown(() => other.close())
    other.sqlite.exec('BEGIN IMMEDIATE')
    await shows(t, gateway, { problem: /another process holds it/ })
    other.sqlite.exec('ROLLBACK')
    await recovers(t, gateway)
  },
)

t.test('a full disk: requests are served, it is said, and it goes on once there is room', needsMount, async (t) => {
  const folder = writeFolder(t, {})
  mount(t, folder)
  const gateway = await start(t, {}, folder)
  const filler = join(folder, 'filler')
  fill(filler)
  await shows(t, gateway, { problem: /the disk is full/ })
  rmSync(filler)
  await recovers(t, gateway)
})

t.test(
  'a disk that is read-only at the start: requests are served, it is said, and it goes on once it is writable',
  needsMount,
  async (t) => {
    const folder = writeFolder(t, {})
    mount(t, folder)
    mkdirSync(join(folder, 'kept'))
    execFileSync('mount', ['-o', 'remount,ro', folder])
    const gateway = await start(t, {}, folder)
    await shows(t, gateway, { problem: /this user may not write there|EROFS/ })
    execFileSync('mount', ['-o', 'remount,rw', folder])
    await recovers(t, gateway)
  },
)

async function start(t: Teardown, files: Record<string, string> = {}, data?: string): Promise<GatewayProcess> {
  const backend = await startBackend(t, echoListener)
  const main = `listen: { http: "127.0.0.1:0" }\nadmin: { listen: "127.0.0.1:0" }\n${data === undefined ? '' : `data: ${data}\n`}`
  return startProcess(t, {
    isBuilt: true,
    files: { 'drawbridge.yaml': main, 'routes/a.yaml': `host: 127.0.0.1\nbackend: ${backend.url}\n`, ...files },
  })
}

/** Everything that must hold while nothing can be stored. */
async function shows(t: Test, gateway: GatewayProcess, { problem }: { problem: RegExp }): Promise<void> {
  await untilReadyIs(gateway, 503)
  t.equal((await fetch(gateway.url)).status, 200, 'requests are served')
  t.match(gateway.output().stdout, problem, 'the log says what is wrong')
  const { status, text } = command(gateway, ['admin', 'user', 'add', 'someone', '--role', 'viewer'])
  t.not(status, 0, 'what must not be lost is refused')
  t.match(text, /stored|written|audit/i, text)
}

async function recovers(t: Test, gateway: GatewayProcess): Promise<void> {
  await untilReadyIs(gateway, 200)
  t.pass('ready again by itself')
  t.equal((await fetch(gateway.url)).status, 200)
  t.match(gateway.output().stdout, /the database is back/)
  const { status, text } = command(gateway, ['admin', 'user', 'add', 'someone', '--role', 'viewer'])
  t.equal(status, 0, text)
  t.equal(await gateway.stop(), 0)
}

/** Asks as an orchestrator does, with requests meanwhile: somebody must notice that nothing can be written. */
async function untilReadyIs(gateway: GatewayProcess, wanted: number): Promise<void> {
  const admin = /admin +(\S+:\d+)/.exec(gateway.output().stderr)?.[1]
  const end = Date.now() + PATIENCE_MS
  for (;;) {
    await fetch(gateway.url)
    const { status } = await fetch(`http://${admin}/readyz`)
    if (status === wanted) return
    if (Date.now() > end) throw new Error(`/readyz says ${status}:\n${gateway.output().stdout}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function command(gateway: GatewayProcess, args: readonly string[]): { status: number; text: string } {
  try {
    const line = commandLine([...args, '-c', gateway.folder], { isBuilt: true })
    return { status: 0, text: execFileSync(process.execPath, line, { encoding: 'utf8', stdio: 'pipe' }) }
  } catch (error) {
    const { status, stderr, stdout } = error as { status: number; stderr: string; stdout: string }
    return { status, text: stdout + stderr }
  }
}

function mount(t: Teardown, folder: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder])
  t.teardown(() => execFileSync('umount', ['-l', folder]))
}

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' })
    execFileSync('umount', [folder])
    return true
  } catch {
    return false
  } finally {
    rmdirSync(folder)
  }
}

function fill(file: string): void {
  try {
    for (let bytes = 64 * MIB; bytes >= 512; bytes /= 2) writeFileSync(file, Buffer.alloc(bytes), { flag: 'a' })
  } catch {
    // Full: what for.
  }
  for (let bytes = MIB; bytes >= 512; bytes /= 2) {
    try {
      writeFileSync(file, Buffer.alloc(bytes), { flag: 'a' })
    } catch {
      // The last half page.
    }
  }
}
