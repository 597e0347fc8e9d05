/**
 * CPU per request beside plain @fastify/http-proxy, by `../shared/bench/compare.py` (which explains its method), for a route with
 * nothing on, for one with the plugins that only serve, for one with all that are on by default (with the request log, and so with the
 * writer's share), and for one with the whole shield: blocking WAF, limits by client, path and together, logins, address and country
 * access. Build first: it measures `dist`.
 * Run: node --conditions=@drawbridge/source test/bench/cpu.ts [further options of compare.py]
 * With `--post 8192 json` bodies are sent; with `--peers http-proxy,modsec` nginx + ModSecurity with the CRS stands beside.
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
/** Limits that nobody reaches: a refusal would be cheaper than an answer. */
const SHIELD = `waf: { enabled: true, ban_after: 5 }
rate_limit:
  global: 900000000
  per_ip: 600000000
  burst: 100
  ban_after: 5
  paths: [{ path: "*.json", per_ip: 100000000/10s, global: 900000000 }]
  login: { path: /auth/login }
access: { deny: [203.0.113.0/24, "2001:db8::/32"], paths: [{ path: /admin/*, allow: [127.0.0.0/8] }] }
geoip: { denied_countries: [KP], exempt: { paths: [/healthz] } }
`
const isPost = process.argv.includes('--post')
/** The most that each may cost, of plain http-proxy; and the shield, of nginx + ModSecurity. */
const MOST = isPost ? { shield: 1.9 } : { 'nothing-on': 0.6, serving: 0.72, default: 0.85, shield: 0.95 }
const MOST_OF_MODSEC = 0.25

await runScript(async (t, report) => {
  if (!existsSync(COMPARE))
    throw new Error(`${COMPARE} is not there: this comparison needs the folder shared/ beside the repository`)
  const route = 'host: bench.localhost\nbackend: http://127.0.0.1:19000\n'
  const off = (keys: readonly string[]) => keys.map((key) => `${key}: false\n`).join('')
  const targets = [
    target(t, 'nothing-on', 19_101, route + off(ALL)),
    target(t, 'serving', 19_102, route + off(ALL.filter((key) => !SERVING.includes(key)))),
    target(t, 'default', 19_103, route),
    target(t, 'shield', 19_104, route + SHIELD),
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
  for (const [name, most] of Object.entries(MOST))
    report.add(name, String(ratio(name)), `<= ${most} of plain http-proxy`, ratio(name) <= most)
  if (!stdout.includes('\nmodsec ')) return
  const ofModsec = ratio('shield') / ratio('modsec')
  report.add('shield', ofModsec.toFixed(3), `<= ${MOST_OF_MODSEC} of nginx + ModSecurity`, ofModsec <= MOST_OF_MODSEC)
})

function target(t: Parameters<typeof writeFolder>[0], name: string, port: number, route: string): string {
  const main = `listen: { http: "127.0.0.1:${port}" }\nadmin: { listen: "127.0.0.1:${port + 10}" }\n`
  const folder = writeFolder(t, { 'drawbridge.yaml': main, 'routes/bench.yaml': route })
  return `${name}=${port}=${process.execPath} ${commandLine(['run', '-c', folder], { isBuilt: true }).join(' ')}`
}
