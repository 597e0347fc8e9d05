// Erases one address in a request log of a million rows while rows come in: `node --conditions=@drawbridge/source test/bench/erase.ts`.
// Exits with 1 if a target is missed. Settings: ERASE_BENCH_ROWS, ERASE_BENCH_CLIENTS, ERASE_BENCH_RATE (rows a second that come in meanwhile).
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createStorage } from '@drawbridge/db'
import { createServices, definePlugin, plainRedactor, type SqlValue, systemClock } from '@drawbridge/plugin-kit'
import { plugin as privacy } from '@drawbridge/plugin-privacy'
import Fastify from 'fastify'
import { Type } from 'typebox'
import { MIGRATIONS } from '../../plugins/access-log/src/migrations.ts'
import { REQUEST_COLUMNS } from '../../plugins/access-log/src/request-row.ts'
import { ERROR_LOGS, REQUEST_LOGS } from '../../plugins/access-log/src/tables.ts'

const ROWS = Number(process.env.ERASE_BENCH_ROWS ?? 1_000_000)
const RATE = Number(process.env.ERASE_BENCH_RATE ?? 500)
const CLIENTS = Number(process.env.ERASE_BENCH_CLIENTS ?? 2_000)
const DAYS = 7
const DAY = 86_400
const TICK_MS = 20
const ADDRESS = '203.0.113.45'
const TARGET_SECONDS = 10

const folder = mkdtempSync(join(tmpdir(), 'drawbridge-bench-'))
const now = Math.floor(Date.now() / 1000)
const today = Math.floor(now / DAY)
// Only the columns and declarations of the request log are under test: the gateway itself is in the hosted test.
const log = definePlugin({
  name: 'access-log',
  key: 'access_log',
  phase: 'record',
  isOnByDefault: true,
  options: Type.Object({}, { additionalProperties: false }),
  tables: [REQUEST_LOGS, ERROR_LOGS],
})
const storage = createStorage({
  file: join(folder, 'drawbridge.db'),
  migrations: [
    { owner: 'access-log', migrations: MIGRATIONS },
    { owner: 'privacy', migrations: privacy.migrations ?? [] },
  ],
  every: systemClock.every,
  onChange: (problem) => problem !== undefined && console.error(problem),
})
const say = (facts: object, message: string) => console.error(message, facts)
const services = createServices({
  log: { debug: () => {}, info: () => {}, warn: say, error: say },
  storage,
  redactor: plainRedactor,
  pseudonyms: {
    of: (address) => pseudonymOf(address, today),
    allOf: (address) => Array.from({ length: DAYS + 1 }, (_, back) => pseudonymOf(address, today - back)),
    days: () => Array.from({ length: DAYS + 1 }, (_, back) => (today - DAYS + back) * DAY),
    forget: async () => 0,
  },
  installation: {
    version: 'bench',
    dataFolder: folder,
    plugins: [log, privacy],
    ownTables: [],
    routes: () => [{ hosts: [], routeId: 0, options: { access_log: {}, privacy: {} } }],
    configuration: () => ({ files: [], effective: {} }),
    restore: async () => {},
  },
})
const app = Fastify()
app.decorateRequest('caller')
app.addHook('onRequest', async (request) => {
  request.caller = { kind: 'system', name: 'bench', role: 'admin', source: 'system', address: '127.0.0.1' }
})
app.register(async (api) => privacy.admin?.(api, services.host), { prefix: '/api' })
await app.ready()

const table = storage.insertInto('request_logs', REQUEST_COLUMNS)
const expected = await fill()
const size = statSync(join(folder, 'drawbridge.db')).size / 2 ** 20
const loop = monitorEventLoopDelay({ resolution: 5 })
let sent = 0
const load = setInterval(() => {
  for (let row = 0; row < (RATE * TICK_MS) / 1000; row += 1) {
    storage.enqueue(table, makeRow(`load-${sent}`, now, pseudonymOf('198.51.100.1', today)))
    sent += 1
  }
}, TICK_MS)
loop.enable()
const start = performance.now()
const response = await app.inject({ method: 'POST', url: '/api/privacy/erasure', payload: { ip: ADDRESS } })
const seconds = (performance.now() - start) / 1000
loop.disable()
clearInterval(load)
const receipt = response.json()
await storage.flush()
const files = [ADDRESS, pseudonymOf(ADDRESS, today)].map((text) => filesWith(text))
const { dropped, failed } = storage.stats()
await app.close()
await services.stop()
await storage.close()
rmSync(folder, { recursive: true })

const figures = [
  { name: 'rows in the table', value: ROWS },
  { name: 'MiB of the file', value: Math.round(size) },
  { name: 'rows erased', value: receipt.count, isOk: receipt.count === expected },
  { name: 'seconds', value: Math.round(seconds * 100) / 100, isOk: seconds < TARGET_SECONDS },
  { name: 'rows that came in meanwhile', value: sent },
  { name: 'of them lost', value: dropped + failed, isOk: dropped + failed === 0 },
  { name: 'event loop delay p99, ms', value: Math.round(loop.percentile(99) / 1e4) / 100 },
  { name: 'event loop delay max, ms', value: Math.round(loop.max / 1e4) / 100 },
  { name: 'files with the address', value: files[0]?.join(' ') ?? '', isOk: files[0]?.length === 0 },
  {
    name: 'files with its pseudonym (the erasure list)',
    value: files[1]?.join(' ') ?? '',
    isOk: files[1]?.join() === '/privacy/erasures.jsonl',
  },
]
console.table(Object.fromEntries(figures.map(({ name, ...rest }) => [name, rest])))
process.exitCode = response.statusCode === 200 && figures.every(({ isOk }) => isOk !== false) ? 0 : 1

/** A million rows of a week from two thousand clients, one of which is to go; resolves with how many rows it has. */
async function fill(): Promise<number> {
  let own = 0
  for (let row = 0; row < ROWS; row += 500) {
    const rows = Array.from({ length: 500 }, (_, index): SqlValue[] => {
      const time = now - Math.floor((1 - (row + index) / ROWS) * DAYS * DAY)
      const client = (row + index) % CLIENTS
      const address = client === 0 ? ADDRESS : `198.51.${client >> 8}.${client & 0xff}`
      if (client === 0) own += 1
      // Every third row of the address has it in its path too, as some programs do.
      const path = client === 0 && own % 3 === 0 ? `/whoami/${ADDRESS}` : '/api/items'
      return makeRow(`row-${row + index}`, time, pseudonymOf(address, Math.floor(time / DAY)), path)
    })
    await storage.durable([{ table, rows }])
  }
  await storage.compact()
  return own
}

function makeRow(requestId: string, time: number, pseudonym: string, path = '/api/items'): SqlValue[] {
  const values: Record<string, SqlValue> = {
    timestamp: time,
    time_ms: 1,
    request_id: requestId,
    route_id: 0,
    method: 'GET',
    path,
    status: 200,
    duration_ms: 12,
    wait_ms: 10,
    bytes_sent: 1234,
    bytes_received: 0,
    client: '203.0.113.xxx',
    pseudonym,
    user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    retry_count: 0,
  }
  return REQUEST_COLUMNS.map((column) => values[column] ?? null)
}

function pseudonymOf(address: string, day: number): string {
  return createHash('sha256').update(`${day} ${address}`).digest('base64url').slice(0, 16)
}

function filesWith(text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(text))
    .map((file) => file.slice(folder.length))
}
