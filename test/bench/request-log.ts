/**
 * The request log with a million rows: how long searches through the admin endpoint take, what erasing and purging cost, and the CPU a
 * row costs on the main thread and in the writer. Run: node --conditions=@drawbridge/source test/bench/request-log.ts
 * Settings: LOG_BENCH_ROWS, LOG_BENCH_SECONDS (of writing), LOG_BENCH_RATE (rows a second). Exits with 1 if a target is missed.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createStorage, openDatabase, type SqlValue } from '@drawbridge/db'
import { plugin } from '@drawbridge/plugin-access-log'
import { type Caller, createServices, type Host, type RequestEntry } from '@drawbridge/plugin-kit'
import Fastify from 'fastify'
import { writeFolder } from '../support/gateway-process.ts'
import { runScript } from '../support/script.ts'

const ROWS = Number(process.env.LOG_BENCH_ROWS ?? 1_000_000)
const SECONDS = Number(process.env.LOG_BENCH_SECONDS ?? 12)
const RATE = Number(process.env.LOG_BENCH_RATE ?? 12_000)
const WEEK_MS = 7 * 86_400_000
const TIMES = 5
const TICK_MS = 4
const TICKS_PER_SECOND = 100
const HOSTS = Array.from({ length: 20 }, (_, i) => `host-${i}.example.org`)
const METHODS = ['GET', 'GET', 'GET', 'GET', 'GET', 'GET', 'GET', 'GET', 'POST', 'PUT']
const SHAPES = [
  '/api/client/servers/ID/resources',
  '/assets/chunk-ID.js',
  '/files/ID/download',
  '/u/ID',
  '/api/v2/items/ID',
]
const KNOWN_ID = '019ab3c4-5d6e-7f80-9abc-0123456789ab'

const ERASE = 'DELETE FROM request_logs WHERE rowid IN (SELECT rowid FROM request_logs WHERE pseudonym = ? LIMIT 500)'
const purge = (route: string) =>
  `DELETE FROM request_logs WHERE rowid IN (SELECT rowid FROM request_logs WHERE timestamp < ? AND ${route} LIMIT 500)`

const SEARCHES: readonly (readonly [string, string])[] = [
  ['latest', ''],
  ['request id', `request_id=${KNOWN_ID}`],
  ['request id, unknown', 'request_id=019ab3c4-5d6e-7f80-9abc-000000000000'],
  ['status 502', 'status=502'],
  ['5xx (rare)', 'status_class=5xx'],
  ['1xx (none)', 'status_class=1xx'],
  ['host', 'host=host-7.example.org'],
  ['host, unknown', 'host=nowhere.example.org'],
  ['client, masked', 'client=203.0.12.xxx'],
  ['client, none', 'client=203.0.250.xxx'],
  ['client, pseudonym', `client=${pseudonymOf(1234)}`],
  ['client, network', 'client=203.0.12.0/24'],
  ['client, network of all', 'client=203.0.0.0/16'],
  ['client, network of none', 'client=198.51.100.0/24'],
  ['client, address in full', 'client=203.0.250.7'],
  ['duration, few', 'min_duration_ms=29990'],
  ['duration, none', 'min_duration_ms=999999'],
  ['path prefix', 'path_prefix=/api/client/'],
  ['path prefix, few', 'path_prefix=/u/4999'],
  ['path prefix, none', 'path_prefix=/nothing'],
  ['method and cause, none', 'method=POST&cause=NONE'],
  ['free text, 24 h, few', 'path_contains=chunk-49996&since=24h'],
  ['free text, 24 h, none', 'path_contains=nothing-like-it&since=24h'],
  ['free text, all 7 days, none', 'path_contains=nothing-like-it'],
  ['5xx, host, day before yesterday', 'status_class=5xx&host=host-3.example.org&since=72h&until=48h'],
  ['client, none, last 6 days', 'client=203.0.250.xxx&since=6d'],
  ['slow, path, none', 'min_duration_ms=29000&path_prefix=/nothing&since=7d'],
]

await runScript(async (t, report) => {
  const file = join(writeFolder(t, {}), 'bench.db')
  const storage = createStorage({
    file,
    migrations: [{ owner: plugin.name, migrations: plugin.migrations ?? [] }],
    every: () => () => {},
    onChange: (problem) => problem !== undefined && console.error(problem),
  })
  t.teardown(() => storage.close())
  storage.enterHosts(HOSTS)
  const quiet = { debug() {}, info() {}, warn() {}, error() {} }
  const { host } = createServices({ log: quiet, storage })
  fill(file)
  await search(await buildApp(host), (name, ms, rows) =>
    report.add(name, `${ms.toFixed(0)} ms, ${rows} rows`, '< 300 ms', ms < 300),
  )
  const found = await timed(() =>
    storage.all('SELECT rowid FROM request_logs WHERE pseudonym IN (?, ?, ?)', [pseudonymOf(77), 'x', 'y']),
  )
  report.add('one person’s rows', `${found.toFixed(0)} ms`, '< 1,000 ms', found < 1000)
  const erased = await timed(() => storage.durable([{ sql: ERASE, params: [pseudonymOf(78)] }]))
  report.add('erasing them in one statement', `${erased.toFixed(0)} ms`, '< 1,000 ms', erased < 1000)
  const before = Date.now() / 1000 - 6 * 86_400
  const purgedRoute = await timed(() => storage.durable([{ sql: purge('route_id = 3'), params: [before] }]))
  report.add('purging 500 rows of one route', `${purgedRoute.toFixed(0)} ms`, '', true)
  const purgedAll = await timed(() => storage.durable([{ sql: purge('1'), params: [before] }]))
  report.add('purging the 500 oldest rows', `${purgedAll.toFixed(0)} ms`, '', true)
  const costs = await write(storage, host as Host)
  report.add('recording a request, main thread', `${costs.handle.toFixed(2)} µs`, '<= 2 µs', costs.handle <= 2)
  report.add('a row in the writer thread', `${costs.writer.toFixed(2)} µs`, '<= 6 µs', costs.writer <= 6)
  report.add('rows dropped or failed', String(costs.lost), '0', costs.lost === 0)
})

async function buildApp(host: Parameters<NonNullable<typeof plugin.admin>>[1]) {
  const app = Fastify()
  const caller: Caller = { kind: 'user', name: 'bench', role: 'viewer', source: 'api', address: '127.0.0.1' }
  app.decorateRequest('caller', null as unknown as Caller)
  app.addHook('onRequest', (request, _reply, done) => {
    request.caller = caller
    done()
  })
  app.register(async (scope) => plugin.admin?.(scope, host), { prefix: '/api' })
  await app.ready()
  return app
}

async function search(
  app: Awaited<ReturnType<typeof buildApp>>,
  add: (name: string, ms: number, rows: number) => void,
): Promise<void> {
  await app.inject('/api/logs')
  for (const [name, query] of SEARCHES) {
    const times: number[] = []
    let rows = 0
    for (let i = 0; i < TIMES; i += 1) {
      const before = performance.now()
      const { payload } = await app.inject(`/api/logs?limit=200&${query}`)
      times.push(performance.now() - before)
      rows = (JSON.parse(payload) as { logs: unknown[] }).logs.length
    }
    add(name, median(times), rows)
  }
}

/** Writes rows as requests would end, and measures what that costs where. */
async function write(storage: ReturnType<typeof createStorage>, host: Host) {
  const listeners: ((entry: RequestEntry) => void)[] = []
  const app = Fastify()
  app.decorate('gateway', { ...host, routeHost: 'host-1.example.org', onEntry: (listener) => listeners.push(listener) })
  app.register(plugin.route, {})
  await app.ready()
  const record = listeners[0] ?? (() => {})
  // The code gets hot, and the thread starts, before anything is measured.
  for (let i = 0; i < 30_000; i += 1) {
    record(entryOf(i, Date.now()))
    if (i % 400 === 0) await delay(TICK_MS)
  }
  await storage.flush()
  const before = writerTicks()
  const started = performance.now()
  let sent = 0
  let handled = 0
  while (performance.now() - started < SECONDS * 1000) {
    const due = Math.floor(((performance.now() - started) / 1000) * RATE) - sent
    const entries = Array.from({ length: due }, (_, i) => entryOf(sent + i, Date.now()))
    const begun = process.threadCpuUsage()
    for (const entry of entries) record(entry)
    const { user, system } = process.threadCpuUsage(begun)
    handled += user + system
    sent += due
    await delay(TICK_MS)
  }
  await storage.flush()
  const writer = ((writerTicks() - before) / TICKS_PER_SECOND) * 1e6
  const { dropped, failed } = storage.stats()
  await app.close()
  return { handle: handled / sent, writer: writer / sent, lost: dropped + failed }
}

/** CPU of the writer thread so far, in clock ticks (proc_pid_stat(5)). */
function writerTicks(): number {
  for (const thread of readdirSync('/proc/self/task')) {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8')
    if (!stat.includes('(drawbridge-writ')) continue
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Number(fields[11]) + Number(fields[12])
  }
  return 0
}

/** Fills the table directly, over seven days up to now. */
function fill(file: string): void {
  const { sqlite, close } = openDatabase({ file })
  sqlite.pragma('synchronous = OFF')
  const columns = Object.keys(rowOf(0, 0))
  const insert = sqlite.prepare(
    `INSERT INTO request_logs (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  )
  const insertMany = sqlite.transaction((from: number, to: number) => {
    for (let i = from; i < to; i += 1) insert.run(Object.values(rowOf(i, Date.now() - WEEK_MS * (1 - i / ROWS))))
  })
  for (let from = 0; from < ROWS; from += 50_000) insertMany(from, Math.min(ROWS, from + 50_000))
  close()
}

function rowOf(i: number, time: number): Record<string, SqlValue> {
  const entry = entryOf(i, time)
  const timestamp = Math.floor(time / 1000)
  return {
    timestamp,
    time_ms: Math.floor(time) - timestamp * 1000,
    request_id: i === Math.floor(ROWS / 3) ? KNOWN_ID : entry.requestId,
    route_id: entry.routeId,
    method: entry.method,
    path: entry.path,
    status: entry.status,
    duration_ms: Math.round(entry.durationMs),
    wait_ms: Math.round(entry.waitMs),
    bytes_sent: entry.responseBytes,
    bytes_received: 0,
    client: entry.client,
    pseudonym: entry.pseudonym,
    user_agent: entry.userAgent,
    user_agent_class: 'browser/Chrome',
    referrer: entry.referrer === '' ? null : entry.referrer,
    upstream: entry.backend,
  }
}

/** 20 hosts of unequal popularity, 5,000 clients, 50,000 paths, one 5xx in 20,000. */
function entryOf(i: number, time: number): RequestEntry {
  const random = Math.imul(i + 1, 2_654_435_761) >>> 0
  const client = random % 5000
  const routeIndex = Math.floor((random / 2 ** 32) ** 2 * HOSTS.length)
  const shape = SHAPES[random % SHAPES.length] ?? ''
  return {
    time,
    requestId: flat(requestId(time)),
    routeId: routeIndex + 1,
    routeHost: HOSTS[routeIndex] ?? '',
    host: HOSTS[routeIndex] ?? '',
    method: METHODS[i % METHODS.length] ?? 'GET',
    path: shape.replace('ID', String(((random >>> 3) % 10_000) * 5 + (random % 5))),
    query: '',
    httpVersion: '1.1',
    scheme: 'https',
    status: i % 20_000 === 0 ? 502 : i % 20 === 0 ? 404 : 200,
    durationMs: i % 50_000 === 7 ? 29_995 : random % 400,
    waitMs: random % 300,
    requestBytes: 0,
    responseBytes: 1234 + (random % 7777),
    client: `203.0.${client % 200}.xxx`,
    clientAddress: `203.0.${client % 200}.0`,
    pseudonym: pseudonymOf(client),
    country: '',
    userAgent: flat(
      `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.${client % 300}.0 Safari/537.36`,
    ),
    referrer: i % 3 === 0 ? 'https://panel.example.org/' : '',
    attempts: 1,
    backend: 'http://10.0.0.5:8080',
    cause: '',
    isAborted: false,
    upgrade: '',
    decisions: undefined,
  }
}

/** As the HTTP parser makes texts: in one piece, and new each time. */
function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

function requestId(time: number): string {
  const hex = (value: number, length: number) => Math.floor(value).toString(16).padStart(length, '0')
  const stamp = hex(time, 12)
  return `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${hex(Math.random() * 4096, 3)}-8${hex(Math.random() * 4096, 3)}-${hex(Math.random() * 2 ** 47, 12)}`
}

function pseudonymOf(client: number): string {
  return `Ab-${String(client).padStart(13, '0')}`
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const before = performance.now()
  await action()
  return performance.now() - before
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
