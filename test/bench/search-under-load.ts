/**
 * Searches of a request log of 1,000,000 rows, one behind the other, while 500 requests a second pass the gateway: their p99 must stay
 * within 1.5 times of that without searches. Taken in turns, so that a busy moment of the machine hits both. Build first: it runs `dist`.
 * Run: node --conditions=@drawbridge/source test/bench/search-under-load.ts [turns]
 */
import { join } from 'node:path'
import { callControl } from '../support/call-control.ts'
import { clientPseudonym, fillRequestLog } from '../support/fill-request-log.ts'
import { startBackend } from '../support/fixtures.ts'
import { startProcess, writeFolder } from '../support/gateway-process.ts'
import { runScript, wait } from '../support/script.ts'
import { type LoadResult, sendSteadyLoad } from '../support/steady-load.ts'

const RATE = 500
const ROWS = 1_000_000
const TURN_MS = 10_000
const TURNS = Number(process.argv[2] ?? 4)
const HOSTS = Array.from({ length: 20 }, (_, index) => `host-${index}.test`)
const SEARCHES = [
  'request_id=019ab3c4-5d6e-7f80-9abc-000000500000',
  'status_class=5xx',
  'status_class=1xx',
  'host=host-3.test',
  `client=${clientPseudonym(31)}`,
  'min_duration_ms=999999',
  'path_prefix=/nothing',
  'path_contains=no-such-text&since=24h',
]

await runScript(async (t, report) => {
  const data = writeFolder(t, {})
  fillRequestLog(join(data, 'drawbridge.db'), { hosts: HOSTS, spans: [{ rows: ROWS, fromDays: 6.5, toDays: 0 }] })
  const backend = await startBackend(t, (_request, response) => response.end('ok'))
  const main = `listen: { http: "127.0.0.1:0" }\nadmin: { listen: "127.0.0.1:0" }\ndata: ${data}\n`
  const files = Object.fromEntries(
    HOSTS.map((host) => [`routes/${host}.yaml`, `host: ${host}\nbackend: ${backend.url}\n`]),
  )
  const gateway = await startProcess(t, { isBuilt: true, files: { 'drawbridge.yaml': main, ...files } })
  const load = () => sendSteadyLoad({ port: gateway.port, hosts: HOSTS, perSecond: RATE, until: wait(TURN_MS) })

  await load()
  const times = new Map<string, number[]>(SEARCHES.map((search) => [search, []]))
  const without: LoadResult[] = []
  const during: LoadResult[] = []
  for (let turn = 0; turn < TURNS; turn += 1) {
    without.push(await load())
    const running = load()
    const searching = searchUntil(data, running, times)
    during.push(await running)
    await searching
  }
  const [alone, together] = [medianP99(without), medianP99(during)]
  report.add('p99 without searches', `${alone.toFixed(1)} ms`, 'median of the turns', true)
  report.add('p99 with searches', `${together.toFixed(1)} ms`, '<= 1.5 times', together <= alone * 1.5)
  for (const [search, all] of times) {
    const slowest = Math.max(...all)
    report.add(`search ${search}`, `${slowest.toFixed(0)} ms`, `slowest of ${all.length}, under load`, slowest < 300)
  }
  await gateway.stop()
})

async function searchUntil(data: string, until: Promise<unknown>, times: Map<string, number[]>): Promise<void> {
  let isOver = false
  void until.finally(() => {
    isOver = true
  })
  for (let i = 0; !isOver; i += 1) {
    const search = SEARCHES[i % SEARCHES.length] ?? ''
    const startedAt = performance.now()
    await callControl(data, 'GET', `/api/logs?limit=50&${search}`)
    times.get(search)?.push(performance.now() - startedAt)
  }
}

function medianP99(results: readonly LoadResult[]): number {
  const all = results.map((result) => result.at(0.99)).sort((a, b) => a - b)
  return all[Math.floor(all.length / 2)] ?? NaN
}
