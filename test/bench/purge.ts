/**
 * 500,000 due rows are deleted from a request log of 1,000,000 while 500 requests a second pass the gateway, which logs each of them: p99.9
 * must stay below 100 ms. The same load without deleting, before and after, is the comparison. Build first: it runs `dist`.
 * Run: node --conditions=@drawbridge/source test/bench/purge.ts [due rows]
 */
import { join } from 'node:path'
import { createReader } from '@drawbridge/db'
import { callControl } from '../support/call-control.ts'
import { fillRequestLog } from '../support/fill-request-log.ts'
import { startBackend } from '../support/fixtures.ts'
import { startProcess, writeFolder } from '../support/gateway-process.ts'
import { runScript, wait } from '../support/script.ts'
import { sendSteadyLoad } from '../support/steady-load.ts'

const RATE = 500
const BASELINE_MS = 20_000
const HOSTS = ['a.test', 'b.test', 'c.test', 'd.test']
const DUE_ROWS = Number(process.argv[2] ?? 500_000)

interface RunAnswer {
  readonly run: { readonly deleted: number; readonly outcome: string }
}

await runScript(async (t, report) => {
  const data = writeFolder(t, {})
  const spans = [
    { rows: DUE_ROWS, fromDays: 14, toDays: 8 },
    { rows: DUE_ROWS, fromDays: 6, toDays: 0 },
  ]
  fillRequestLog(join(data, 'drawbridge.db'), { hosts: HOSTS, spans })
  const backend = await startBackend(t, (_request, response) => response.end('ok'))
  const route = (host: string) => `host: ${host}\nbackend: ${backend.url}\n`
  const main = `listen: { http: "127.0.0.1:0" }\nadmin: { listen: "127.0.0.1:0" }\ndata: ${data}\n`
  const files = Object.fromEntries(HOSTS.map((host) => [`routes/${host}.yaml`, route(host)]))
  const gateway = await startProcess(t, { isBuilt: true, files: { 'drawbridge.yaml': main, ...files } })
  const load = (until: Promise<unknown>) => sendSteadyLoad({ port: gateway.port, hosts: HOSTS, perSecond: RATE, until })

  await load(wait(5_000))
  const before = await load(wait(BASELINE_MS))
  const startedAt = performance.now()
  let seconds = 0
  const purged = callControl<RunAnswer>(data, 'POST', '/api/retention/run', {}).finally(() => {
    seconds = (performance.now() - startedAt) / 1000
  })
  const during = await load(purged)
  const { deleted, outcome } = (await purged).run
  const after = await load(wait(BASELINE_MS))
  await gateway.stop()

  for (const [name, result] of Object.entries({ before, 'while deleting': during, after })) {
    const isTarget = result === during
    const p999 = result.at(0.999)
    report.add(`${name}: p50`, milliseconds(result.at(0.5)), 'for comparison', true)
    report.add(`${name}: p99`, milliseconds(result.at(0.99)), 'for comparison', true)
    report.add(`${name}: p99.9`, milliseconds(p999), isTarget ? '< 100 ms' : 'for comparison', !isTarget || p999 < 100)
    report.add(`${name}: longest`, milliseconds(result.at(1)), 'for comparison', true)
    report.add(`${name}: longest stall of this script`, milliseconds(result.stallMs), 'busy machine above 20', true)
    report.add(`${name}: requests failed`, String(result.failed), '0', result.failed === 0)
  }
  report.add('rows deleted', String(deleted), `${DUE_ROWS}, outcome ${outcome}`, deleted === DUE_ROWS)
  report.add('rows deleted a second', (deleted / seconds).toFixed(0), 'for comparison', true)
  const left = await count(data, 'timestamp < unixepoch() - 7 * 86400')
  report.add('rows that are due still', String(left), '0', left === 0)
  const logged = await count(data, "path = '/api/client'")
  const sent = before.count + during.count + after.count
  report.add('requests logged', String(logged), `all of ${sent} and the first 5 s`, logged >= sent)
})

async function count(data: string, condition: string): Promise<number> {
  const reader = createReader({ file: join(data, 'drawbridge.db') })
  const [row] = await reader.all(`SELECT count(*) AS n FROM request_logs WHERE ${condition}`)
  await reader.close()
  return Number(row?.n)
}

function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`
}
