// Sustained load on the writer of @drawbridge/db: run with `node --conditions=@drawbridge/source test/bench/db-writer.ts`.
// Exits with 1 if a target is missed. Settings: DB_BENCH_RATE (rows a second), DB_BENCH_SECONDS.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { createWriter, migrate, openDatabase, type Row, type Writer } from '@drawbridge/db'

const RATE = Number(process.env.DB_BENCH_RATE ?? 24_000)
const SECONDS = Number(process.env.DB_BENCH_SECONDS ?? 20)
const TICK_MS = 4
const DURABLE_EVERY_TICKS = 25
const MIB = 2 ** 20

const columns =
  'timestamp time_ms route_id method path status bytes_sent bytes_received duration_ms upstream_ms ip_address ' +
  'user_agent country scheme http_version request_id referer waf_action cache_status error'
const columnNames = columns.split(' ')

const folder = mkdtempSync(join(tmpdir(), 'drawbridge-bench-'))
const file = join(folder, 'bench.sqlite')
createTable()
const writer = createWriter({ file })

const baseline = await run({ seconds: 4, send: () => true })
const load = await run({ seconds: SECONDS, send: sendTo(writer), durable: durableTo(writer) })
const backlog = writer.stats().queued
const drained = performance.now()
await writer.flush()
const seconds = (load.elapsedMs + performance.now() - drained) / 1000
const stats = writer.stats()
await writer.close()
rmSync(folder, { recursive: true })

const figures = [
  figure('rows written a second', stats.written / seconds, { atLeast: 20_000 }),
  figure('seconds of load', load.elapsedMs / 1000, { atLeast: SECONDS }),
  figure('rows dropped or failed', stats.dropped + stats.failed, { below: 1 }),
  figure('event loop delay p99, ms', load.loopDelayP99Ms, { below: 20 }),
  figure('event loop delay max, ms', load.loopDelayMaxMs),
  figure('enqueue(), µs a row', load.sendMicros, { below: 5 }),
  figure('main thread in all, µs a row', load.cpuMicros - baseline.cpuMicros, { below: 5 }),
  figure('rows waiting at the end', backlog),
  figure('durable write p50, ms', percentile(load.durableMs, 0.5)),
  figure('durable write p99, ms', percentile(load.durableMs, 0.99)),
  figure('memory of the process, MiB', load.rssMiB),
]
console.table(Object.fromEntries(figures.map(({ name, ...rest }) => [name, rest])))
process.exitCode = figures.every(({ ok }) => ok !== 'MISSED') ? 0 : 1

function createTable(): void {
  const database = openDatabase({ file })
  const sql = `
    CREATE TABLE request_logs (id INTEGER PRIMARY KEY, ${columnNames.join(', ')});
    CREATE TABLE bans (id INTEGER PRIMARY KEY, ip_address TEXT);
    CREATE INDEX request_logs_timestamp ON request_logs (timestamp);
    CREATE INDEX request_logs_route ON request_logs (route_id, timestamp);
    CREATE INDEX request_logs_status ON request_logs (status, timestamp);`
  migrate(database, { owner: 'bench', migrations: [{ id: '1', sql }] })
  database.close()
}

function sendTo(sink: Writer): (row: Row) => boolean {
  const requestLogs = sink.insertInto('request_logs', columnNames)
  return (row) => sink.enqueue(requestLogs, row)
}

function durableTo(sink: Writer): () => Promise<unknown> {
  const bans = sink.insertInto('bans', ['ip_address'])
  return () => sink.durable([{ table: bans, rows: [['192.0.2.1']] }])
}

interface Load {
  readonly seconds: number
  readonly send: (row: Row) => boolean
  readonly durable?: () => Promise<unknown>
}

/** Sends rows at the rate, in small bursts as requests would end, and watches the event loop meanwhile. */
async function run({ seconds, send, durable }: Load) {
  const loopDelay = monitorEventLoopDelay({ resolution: 1 })
  const durableMs: number[] = []
  const started = performance.now()
  const cpuBefore = process.threadCpuUsage()
  let sent = 0
  let sendMs = 0
  loopDelay.enable()
  for (let tick = 0; performance.now() - started < seconds * 1000; tick++) {
    const due = Math.floor(((performance.now() - started) / 1000) * RATE) - sent
    const rows = Array.from({ length: due }, (_, index) => requestLog(sent + index))
    const before = performance.now()
    for (const row of rows) send(row)
    sendMs += performance.now() - before
    sent += due
    if (durable !== undefined && tick % DURABLE_EVERY_TICKS === 0) void timed(durable, durableMs)
    await delay(TICK_MS)
  }
  loopDelay.disable()
  const { user, system } = process.threadCpuUsage(cpuBefore)
  return {
    elapsedMs: performance.now() - started,
    sendMicros: (sendMs * 1000) / sent,
    cpuMicros: (user + system) / sent,
    loopDelayP99Ms: loopDelay.percentile(99) / 1e6,
    loopDelayMaxMs: loopDelay.max / 1e6,
    durableMs,
    rssMiB: process.memoryUsage.rss() / MIB,
  }
}

async function timed(action: () => Promise<unknown>, durationsMs: number[]): Promise<void> {
  const before = performance.now()
  await action()
  durationsMs.push(performance.now() - before)
}

function requestLog(n: number): Row {
  const now = Date.now()
  const id = `019ab3c4-5d6e-7f80-9abc-${String(n).padStart(12, '0')}`
  const path = `/api/client/servers/${n % 5000}/resources`
  const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
  const head = [Math.floor(now / 1000), now % 1000, n % 200, 'GET', path, n % 50 === 0 ? 404 : 200, 1234 + (n % 777)]
  const client = [0, 12.5 + (n % 10), 11.25, '203.0.113.0', agent, 'DE', 'https', 'HTTP/1.1', id]
  return [...head, ...client, 'https://panel.example.org/', null, null, null]
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN
}

function figure(name: string, value: number, target: { readonly atLeast?: number; readonly below?: number } = {}) {
  const { atLeast = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY } = target
  const hasTarget = Number.isFinite(atLeast) || Number.isFinite(below)
  const wanted = Number.isFinite(atLeast) ? `>= ${atLeast}` : `< ${below}`
  const ok = value >= atLeast && value < below ? 'ok' : 'MISSED'
  return { name, value: Number(value.toFixed(2)), target: hasTarget ? wanted : '', ok: hasTarget ? ok : '' }
}
