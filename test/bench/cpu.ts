/**
 * CPU per request beside plain @fastify/http-proxy, by `../shared/bench/compare.py` (which explains its method), for a route with
 * nothing on, for one with the plugins that only serve, and for one with all that are on by default: with the request log, and so with
 * the writer's share. Build first: it measures `dist`.
 * Run: node --conditions=@drawbridge/source test/bench/cpu.ts [further options of compare.py]
 */

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as shipped from '@drawbridge/gateway/plugins'
import { commandLine, writeFolder } from '../support/gateway-process.ts'
import { runScript } from '../support/script.ts'

const COMPARE = join(import.meta.dirname, '../../../shared/bench/compare.py')
const SERVING = ['tracing', 'timeouts', 'limits', 'headers', 'error_pages']
const ALL = Object.values(shipped).map(({ key }) => key)

await runScript(async (t, report) => {
  if (!existsSync(COMPARE))
    throw new Error(`${COMPARE} is not there: this comparison needs the folder shared/ beside the repository`)
  const route = 'host: bench.localhost\nbackend: http://127.0.0.1:19000\n'
  const off = (keys: readonly string[]) => keys.map((key) => `${key}: false\n`).join('')
  const targets = [
    target(t, 'nothing-on', 19_101, route + off(ALL)),
    target(t, 'serving', 19_102, route + off(ALL.filter((key) => !SERVING.includes(key)))),
    target(t, 'default', 19_103, route),
  ]
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
  for (const [name, title, most] of [
    ['nothing-on', 'nothing on', 0.6],
    ['serving', 'five serving plugins on', 0.72],
    ['default', 'all default plugins on', 0.85],
  ] as const)
    report.add(title, String(ratio(name)), `<= ${most} of plain http-proxy`, ratio(name) <= most)
})

function target(t: Parameters<typeof writeFolder>[0], name: string, port: number, route: string): string {
  const main = `listen: { http: "127.0.0.1:${port}" }\nadmin: { listen: "127.0.0.1:${port + 10}" }\n`
  const folder = writeFolder(t, { 'drawbridge.yaml': main, 'routes/bench.yaml': route })
  return `${name}=${port}=${process.execPath} ${commandLine(['run', '-c', folder], { isBuilt: true }).join(' ')}`
}
