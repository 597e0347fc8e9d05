/**
 * What `npm start`, `npm test` and the others run first, with whatever Node (20 or newer) is there: installs what is missing, then
 * hands over to the Node of the project. When nothing changed it costs a few milliseconds, because `npm exec pnpm` alone takes 1.7 s.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = join(root, 'node_modules/.bin')
const node = join(bin, 'node')
const stamp = join(root, 'node_modules/.drawbridge-installed')
// Not in package.json's "packageManager": pnpm would want to lock and install itself.
const PNPM = 'pnpm@12.21.0'
// The source of every package instead of its build, so that nothing needs building first.
const fromSource = ['--conditions=@drawbridge/source']

const [task = '', ...args] = process.argv.slice(2)

if (task === 'relock') install({ isForced: true })
else {
  install()
  run(task, args)
}

/** Forced, the lock file is brought in step too: a package has joined the workspace. */
function install({ isForced = false } = {}) {
  if (!isForced && existsSync(stamp) && existsSync(node) && readFileSync(stamp, 'utf8') === fingerprint()) return
  console.error('drawbridge: installing what is missing, once …')
  const isLocked = existsSync(join(root, 'pnpm-lock.yaml')) && !isForced
  const frozen = isLocked ? ['--frozen-lockfile'] : ['--no-frozen-lockfile']
  step('npm', ['exec', '--yes', '--loglevel=error', PNPM, '--', 'install', '--reporter=append-only', ...frozen])
  step(join(bin, 'tap'), ['build'])
  writeFileSync(stamp, fingerprint())
}

/** Changes whenever an install would do something else. */
function fingerprint() {
  const hash = createHash('sha256').update(process.platform + process.arch)
  for (const file of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', '.taprc'])
    hash.update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

/** Runs one step of the installation; its output matters only when it fails. */
function step(command, stepArgs) {
  const { status, stdout, stderr, error } = spawnSync(command, stepArgs, {
    cwd: root,
    encoding: 'utf8',
    env: environment(),
  })
  if (status === 0) return
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}\n`)
  console.error(`drawbridge: "${command} ${stepArgs.join(' ')}" failed. Is the npm registry reachable?`)
  process.exit(1)
}

function run(name, rest) {
  if (name === 'gateway')
    return hand(node, [...fromSource, join(root, 'packages/gateway/src/cli.ts'), ...rest], process.cwd())
  if (name === 'node') return hand(node, [...fromSource, ...rest], root)
  if (name === 'test') return hand(join(bin, 'tap'), rest, root)
  return hand(join(bin, rest[0] ?? ''), rest.slice(1), root)
}

/** Hands over terminal, signals and exit code. */
function hand(command, commandArgs, cwd) {
  const child = spawn(command, commandArgs, { cwd, stdio: 'inherit', env: environment() })
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(`drawbridge: cannot run ${command}: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)))
}

function environment() {
  // Compiled code kept between starts: a second start is faster and 40 MiB smaller.
  const NODE_COMPILE_CACHE = process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules/.cache/drawbridge')
  return { ...process.env, NODE_COMPILE_CACHE, PATH: `${bin}:${process.env.PATH}` }
}
