/**
 * One address is erased from a request log of 1,000,000 rows while 500 requests a second pass the gateway: within 10 s, with a receipt that is
 * right, and then it is in no file of the data folder. Build first: it runs `dist`.
 * Run: node --conditions=@drawbridge/source test/bench/erase.ts
 */
import { readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { callControl } from '../support/call-control.ts'
import { fillRequestLog } from '../support/fill-request-log.ts'
import { startBackend } from '../support/fixtures.ts'
import { startProcess, writeFolder } from '../support/gateway-process.ts'
import { runScript, wait } from '../support/script.ts'
import { sendSteadyLoad } from '../support/steady-load.ts'

const ROWS = 1_000_000
const RATE = 500
const ADDRESS = '198.51.100.77'
/** Requests of the address: so many to each host. */
const REQUESTS = 250
/** The first is masked as by default, the second keeps whole addresses, also in log files. */
const HOSTS = ['masked.test', 'full.test']

interface Receipt {
  readonly count: number
  readonly places: readonly { readonly name: string; readonly count: number }[]
}

await runScript(async (t, report) => {
  const data = writeFolder(t, {})
  fillRequestLog(join(data, 'drawbridge.db'), { hosts: HOSTS, spans: [{ rows: ROWS, fromDays: 6.5, toDays: 0 }] })
  const backend = await startBackend(t, (_request, response) => response.end('ok'))
  const gateway = await startProcess(t, {
    isBuilt: true,
    files: {
      'drawbridge.yaml': `listen: { http: "127.0.0.1:0" }\nadmin: { listen: "127.0.0.1:0" }\ndata: ${data}\ntrusted_proxies: [127.0.0.1]\n`,
      'routes/masked.yaml': `host: masked.test\nbackend: ${backend.url}\n`,
      'routes/full.yaml': `host: full.test\nbackend: ${backend.url}\nlogging: { mask_ip_method: full }\naccess_log: { files: [json, combined] }\n`,
    },
  })
  for (let i = 0; i < REQUESTS; i += 1) for (const host of HOSTS) await ask(gateway.port, host)
  await wait(1500)
  report.add(
    'files with the address before',
    String(filesWith(data, ADDRESS).length),
    '> 0',
    filesWith(data, ADDRESS).length > 0,
  )

  const load = (until: Promise<unknown>) => sendSteadyLoad({ port: gateway.port, hosts: HOSTS, perSecond: RATE, until })
  const before = await load(wait(15_000))
  const startedAt = performance.now()
  let seconds = 0
  const erased = callControl<Receipt>(data, 'POST', '/api/privacy/erasure', { ip: ADDRESS }).finally(() => {
    seconds = (performance.now() - startedAt) / 1000
  })
  // Erasing is over sooner than a p99.9 means anything.
  const during = await load(Promise.all([erased, wait(15_000)]))
  const receipt = await erased
  await gateway.stop()

  report.add('seconds', seconds.toFixed(2), '< 10', seconds < 10)
  const count = (name: string) => receipt.places.find((place) => place.name === name)?.count ?? 0
  const rows = count('request_logs')
  report.add('rows erased', String(rows), String(2 * REQUESTS), rows === 2 * REQUESTS)
  const lines = count('access-log files')
  report.add('lines of files erased', String(lines), String(2 * REQUESTS), lines === 2 * REQUESTS)
  const left = filesWith(data, ADDRESS)
  report.add('files with the address after', left.join(' ') || 'none', 'none', left.length === 0)
  for (const [name, result] of Object.entries({ before, 'with the erasure': during })) {
    report.add(`${name}: p99.9`, `${result.at(0.999).toFixed(1)} ms`, 'for comparison', true)
    report.add(`${name}: requests failed`, String(result.failed), '0', result.failed === 0)
  }
})

function ask(port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { host, 'x-forwarded-for': ADDRESS }
    request({ port, host: '127.0.0.1', path: '/mine', headers }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve())
    })
      .on('error', reject)
      .end()
  })
}

function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(text))
    .map((file) => file.slice(folder.length))
}
