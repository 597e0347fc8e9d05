import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { sendRaw, startBackend, type Teardown } from '../support/fixtures.ts'
import { startProcess } from '../support/gateway-process.ts'

// The files of the request log, read by the programs that people read them with: GoAccess and fail2ban's own filters from Debian.
// Needs `npm run build`.

const run = promisify(execFile)
const HOST = 'shop.test'
const BAD_BOT = 'EmailCollector'
const HOSTILE = 'x"\\ \u0001é 203.0.113.9 - - [01/Jan/2000:00:00:00 +0000] "GET / HTTP/1.1" 404 1 "-" "y'

const REQUESTS: readonly (readonly [target: string, userAgent: string, count: number])[] = [
  ['/', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 5],
  ['/found?page=2&q=%22quoted%22', 'curl/8.5.0', 3],
  ['/%C3%A4/%20blank', HOSTILE, 2],
  ['/wp-login.php', 'curl/8.5.0', 4],
  ['/phpmyadmin/index.php', 'curl/8.5.0', 1],
  ['/private', 'curl/8.5.0', 2],
  ['/bad', 'curl/8.5.0', 1],
  ['/scraped', BAD_BOT, 2],
]
const TOTAL = REQUESTS.reduce((sum, [, , count]) => sum + count, 0)

/** fail2ban filters that read access logs, and how many of the requests above they are for. */
const FILTERS: readonly (readonly [filter: string, matches: number])[] = [
  ['nginx-botsearch', 5],
  ['nginx-bad-request', 1],
  ['apache-badbots', 2],
  ['traefik-auth', 2],
]

for (const format of ['combined', 'vcombined'] as const) {
  t.test(`GoAccess reads every line of ${format}`, async (t) => {
    if (!(await isInstalled('goaccess')))
      return void t.pass('goaccess is not installed: apt-get install goaccess', { skip: true })
    const file = await serve(t, format)
    const report = `${file}.report.json`
    const name = format.toUpperCase()
    await run('goaccess', [file, `--log-format=${name}`, '-o', report, '--no-global-config', '--no-progress'])
    const { general, status_codes: codes } = JSON.parse(readFileSync(report, 'utf8'))
    t.match(general, { total_requests: TOTAL, valid_requests: TOTAL, failed_requests: 0 })
    t.ok(codes.data.length > 0)
  })
}

t.test("fail2ban's own filters find in combined what they look for, and the time of it", async (t) => {
  if (!(await isInstalled('fail2ban-regex')))
    return void t.pass('fail2ban is not installed: apt-get install fail2ban', { skip: true })
  const file = await serve(t, 'combined')
  for (const [filter, matches] of FILTERS) {
    const { stdout } = await run('fail2ban-regex', ['--print-all-matched', file, filter])
    t.match(stdout, `Lines: ${TOTAL} lines, 0 ignored, ${matches} matched, ${TOTAL - matches} missed`, filter)
    t.match(stdout, new RegExp(`\\[${TOTAL}\\] .*Day.*MON.*Year`, 'i'), `${filter} reads every date`)
  }
})

/** Serves the requests through a gateway and gives the file that it logged them to. */
async function serve(t: Teardown, format: string): Promise<string> {
  if (!existsSync(join(import.meta.dirname, '../../packages/gateway/dist/cli.js')))
    throw new Error('run `npm run build` first')
  const statuses: Record<string, number> = { '/private': 401, '/bad': 400, '/': 200, '/scraped': 200 }
  const backend = await startBackend(t, ({ url = '' }, response) => {
    response.statusCode = statuses[url] ?? (url.includes('php') ? 404 : 200)
    response.end('answer')
  })
  const route = `host: ${HOST}\nbackend: ${backend.url}\naccess_log: { files: [${format}] }\nwaf: false\n`
  const gateway = await startProcess(t, { files: { 'routes/shop.yaml': route }, isBuilt: true })
  for (const [target, userAgent, count] of REQUESTS) {
    const head = `GET ${target} HTTP/1.1\r\nHost: ${HOST}\r\nUser-Agent: ${userAgent.replace('\u0001', '')}\r\n`
    for (let i = 0; i < count; i += 1)
      await sendRaw(gateway.port, Buffer.from(`${head}Connection: close\r\n\r\n`).toString('latin1'))
  }
  await gateway.stop()
  const folder = join(gateway.folder, 'data/logs/access')
  const [name = ''] = readdirSync(folder).filter((entry) => /\d\.log$/.test(entry))
  const copy = join(gateway.folder, 'access.log')
  writeFileSync(copy, readFileSync(join(folder, name)))
  return copy
}

async function isInstalled(program: string): Promise<boolean> {
  return run('which', [program]).then(
    () => true,
    () => false,
  )
}
