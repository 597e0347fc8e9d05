/**
 * CPU per request beside plain @fastify/http-proxy, by `../shared/bench/compare.py` (which explains its method), for a route with
 * nothing on and for one with the default plugins. Build first: it measures `dist`.
 * Run: node --conditions=@drawbridge/source test/bench/cpu.ts [further options of compare.py]
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { commandLine, writeFolder } from '../support/gateway-process.ts'
import { runScript } from '../support/script.ts'

const COMPARE = join(import.meta.dirname, '../../../shared/bench/compare.py')
const PLUGIN_KEYS = ['tracing', 'timeouts', 'limits', 'headers', 'error_pages']

await runScript(async (t, report) => {
  if (!existsSync(COMPARE))
    throw new Error(`${COMPARE} is not there: this comparison needs the folder shared/ beside the repository`)
  const route = 'host: bench.localhost\nbackend: http://127.0.0.1:19000\n'
  const off = PLUGIN_KEYS.map((key) => `${key}: false\n`).join('')
  const targets = [target(t, 'nothing-on', 19_101, route + off), target(t, 'default', 19_102, route)]
  const args = [
    COMPARE,
    '--peers',
    'http-proxy',
    '--node',
    process.execPath,
    ...targets.flatMap((text) => ['--target', text]),
    ...process.argv.slice(2),
  ]
  const { stdout, stderr } = spawnSync('python3', args, { encoding: 'utf8' })
  process.stdout.write(stdout + stderr)
  const ratio = (name: string) => Number(new RegExp(`^${name} +\\S+ +\\S+ +(\\S+)`, 'm').exec(stdout)?.[1])
  report.add('nothing on', String(ratio('nothing-on')), '<= 0.60 of plain http-proxy', ratio('nothing-on') <= 0.6)
  report.add('five plugins on', String(ratio('default')), '<= 0.72 of plain http-proxy', ratio('default') <= 0.72)
})

function target(t: Parameters<typeof writeFolder>[0], name: string, port: number, route: string): string {
  const main = `listen: { http: "127.0.0.1:${port}" }\nadmin: { listen: "127.0.0.1:${port + 10}" }\n`
  const folder = writeFolder(t, { 'drawbridge.yaml': main, 'routes/bench.yaml': route })
  return `${name}=${port}=${process.execPath} ${commandLine(['run', '-c', folder], { isBuilt: true }).join(' ')}`
}
