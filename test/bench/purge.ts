/**
 * 500,000 due rows are deleted from a request log of 1,000,000 while 500 requests a second pass a gateway in a process of its own, which
 * logs each of them: p99.9 must stay below 100 ms. The same load without deleting is the comparison.
 * Run: node --conditions=@drawbridge/source test/bench/purge.ts [due rows]
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGateway } from '@drawbridge/core'
import { coreMigrations, createReader, createStorage, migrate, openDatabase, resolveRouteIds } from '@drawbridge/db'
import { definePlugin, noInstallation, type Plugin, systemClock } from '@drawbridge/plugin-kit'
import { type RetentionService, plugin as retention } from '@drawbridge/plugin-retention'
import { Type } from 'typebox'
import { MIGRATIONS } from '../../plugins/access-log/src/migrations.ts'
import { REQUEST_COLUMNS, toRequestRow } from '../../plugins/access-log/src/request-row.ts'
import { ERROR_LOGS, REQUEST_LOGS } from '../../plugins/access-log/src/tables.ts'
import { createTestLog, makeConfig, startBackend } from '../support/fixtures.ts'
import { runScript, wait } from '../support/script.ts'

const RATE = 500
const CONNECTIONS = 64
const BASELINE_SECONDS = 20
const HOSTS = ['a.test', 'b.test', 'c.test', 'd.test']
const DAY = 86_400
const [, , first = '500000', folderOfGateway, backendOfGateway] = process.argv

/** The request log's table and rows, without its files: those are not what is measured. */
const requestLog = definePlugin({
  name: 'access-log',
  key: 'access_log',
  phase: 'record',
  isOnByDefault: true,
  options: Type.Object({}, { additionalProperties: false }),
  wire(_app, _options, host) {
    const table = host.storage.insertInto('request_logs', REQUEST_COLUMNS)
    host.onEntry((entry) => host.storage.enqueue(table, toRequestRow(entry, 'browser')))
  },
  tables: [REQUEST_LOGS, ERROR_LOGS],
  migrations: MIGRATIONS,
})
const PLUGINS: readonly Plugin[] = [requestLog, retention]

if (first === 'gateway' && folderOfGateway !== undefined && backendOfGateway !== undefined)
  await serve(folderOfGateway, backendOfGateway)
else await runScript(measure)

async function measure(...[t, report]: Parameters<Parameters<typeof runScript>[0]>): Promise<void> {
  const dueRows = Number(first)
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-purge-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  fill(join(folder, 'drawbridge.db'), dueRows)
  const sizeBefore = statSync(join(folder, 'drawbridge.db')).size / 2 ** 20
  const backend = await startBackend(t, (_request, response) => response.end('ok'))
  const gateway = fork(import.meta.filename, ['gateway', folder, backend.url], { execArgv: process.execArgv })
  t.teardown(() => void gateway.kill('SIGKILL'))
  const [port] = (await once(gateway, 'message')) as [number]

  await sendLoad(port, wait(5_000))
  const before = await sendLoad(port, wait(BASELINE_SECONDS * 1000))
  const startedAt = performance.now()
  let seconds = 0
  const purged = purge(gateway).then((summary) => {
    seconds = (performance.now() - startedAt) / 1000
    return summary
  })
  const during = await sendLoad(port, purged)
  const { deleted, outcome } = await purged
  const logged = await endAndCount(gateway, folder)

  console.log(
    `database of ${sizeBefore.toFixed(0)} MiB, ${during.count} requests in ${seconds.toFixed(1)} s of deleting`,
  )
  for (const [name, load] of Object.entries({ 'without deleting': before, 'while deleting': during })) {
    report.add(`${name}: p50`, milliseconds(load.at(0.5)), 'for comparison', true)
    report.add(`${name}: p99`, milliseconds(load.at(0.99)), 'for comparison', true)
    const isTarget = load === during
    const target = isTarget ? '< 100 ms' : 'for comparison'
    report.add(`${name}: p99.9`, milliseconds(load.at(0.999)), target, !isTarget || load.at(0.999) < 100)
    report.add(`${name}: longest`, milliseconds(load.at(1)), 'for comparison', true)
    report.add(`${name}: longest stall of this script`, milliseconds(load.stallMs), 'machine busy if above 20', true)
    report.add(`${name}: requests failed`, String(load.failed), '0', load.failed === 0)
  }
  report.add(
    'rows deleted',
    String(deleted),
    `${dueRows}, outcome ${outcome}`,
    deleted === dueRows && outcome === 'done',
  )
  report.add('rows deleted a second', (deleted / seconds).toFixed(0), 'for comparison', true)
  report.add('requests not logged', String(logged.dropped), '0', logged.dropped === 0)
  report.add('rows that are due still', String(logged.due), '0', logged.due === 0)
}

/** As many rows again as are due, of the last week, so that deleting has to find its way among them. */
function fill(file: string, dueRows: number): void {
  const database = openDatabase({ file })
  for (const owned of [coreMigrations, ...owners()]) migrate(database, owned)
  const ids = [...resolveRouteIds(database, HOSTS).values()]
  const insert = database.sqlite.prepare(
    `INSERT INTO request_logs (${REQUEST_COLUMNS.join(', ')}) VALUES (${REQUEST_COLUMNS.map(() => '?').join(', ')})`,
  )
  const now = Math.floor(Date.now() / 1000)
  database.sqlite.transaction(() => {
    for (let row = 0; row < 2 * dueRows; row += 1) {
      const age = row < dueRows ? 14 * DAY - (row * 6 * DAY) / dueRows : 6 * DAY - ((row - dueRows) * 6 * DAY) / dueRows
      insert.run(logRow(row, Math.floor(now - age), ids[row % ids.length] ?? 0))
    }
  })()
  database.close()
}

function logRow(row: number, timestamp: number, routeId: number): unknown[] {
  const facts: Record<string, unknown> = {
    timestamp,
    time_ms: row % 1000,
    request_id: `019ab3c4-5d6e-7f80-9abc-${String(row).padStart(12, '0')}`,
    route_id: routeId,
    method: 'GET',
    path: `/api/client/servers/${row % 5000}/resources`,
    status: row % 50 === 0 ? 404 : 200,
    client: '203.0.113.xxx',
    pseudonym: `p${row % 20_000}`,
    user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    referrer: 'https://panel.example.org/',
  }
  const numbers = ['duration_ms', 'wait_ms', 'bytes_sent', 'bytes_received', 'retry_count']
  return REQUEST_COLUMNS.map((column) => facts[column] ?? (numbers.includes(column) ? row % 777 : null))
}

/** Requests at the rate, each timed from when it was due: one that had to wait for its turn has waited, too. */
async function sendLoad(port: number, until: Promise<unknown>) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const durations: number[] = []
  const pending: Promise<void>[] = []
  let failed = 0
  let isOver = false
  let stallMs = 0
  const over = until.finally(() => {
    isOver = true
  })
  const startedAt = performance.now()
  for (let sent = 0, lastTurn = startedAt; !isOver; await wait(1)) {
    stallMs = Math.max(stallMs, performance.now() - lastTurn)
    lastTurn = performance.now()
    for (; sent < ((performance.now() - startedAt) / 1000) * RATE; sent += 1) {
      const dueAt = startedAt + (sent / RATE) * 1000
      const host = HOSTS[sent % HOSTS.length] ?? ''
      const answered = ask({ port, agent, host }).then((isGood) => {
        durations.push(performance.now() - dueAt)
        if (!isGood) failed += 1
      })
      pending.push(answered)
    }
  }
  await Promise.all([over, ...pending])
  agent.destroy()
  durations.sort((a, b) => a - b)
  const at = (share: number) => durations[Math.min(durations.length - 1, Math.floor(durations.length * share))] ?? NaN
  return { count: durations.length, failed, stallMs, at }
}

function ask({ port, agent, host }: { port: number; agent: Agent; host: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const outgoing = request({ port, host: '127.0.0.1', agent, path: '/api/client', headers: { host } }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode === 200))
    })
    outgoing.on('error', () => resolve(false))
    outgoing.end()
  })
}

async function purge(gateway: ChildProcess): Promise<{ deleted: number; outcome: string }> {
  gateway.send('purge')
  const [summary] = await once(gateway, 'message')
  return summary as { deleted: number; outcome: string }
}

async function endAndCount(gateway: ChildProcess, folder: string): Promise<{ dropped: number; due: number }> {
  gateway.send('stop')
  const [stats] = (await once(gateway, 'message')) as [{ dropped: number; failed: number }]
  const reader = createReader({ file: join(folder, 'drawbridge.db') })
  const [row] = await reader.all('SELECT count(*) AS due FROM request_logs WHERE timestamp < unixepoch() - ?', [
    7 * DAY,
  ])
  await reader.close()
  return { dropped: stats.dropped + stats.failed, due: Number(row?.due) }
}

/** The gateway's process. */
async function serve(folder: string, backend: string): Promise<void> {
  const storage = createStorage({
    file: join(folder, 'drawbridge.db'),
    migrations: owners(),
    every: systemClock.every,
    onChange: () => {},
  })
  storage.enterHosts(HOSTS)
  const routes = Object.fromEntries(HOSTS.map((host) => [host, backend]))
  const config = makeConfig({ routes, plugins: PLUGINS.map((plugin) => [plugin] as const) })
  const installation = {
    ...noInstallation,
    plugins: PLUGINS,
    routes: () =>
      [...config.routes, { hosts: [], plugins: config.defaultRoute.plugins }].map(({ hosts, plugins }) => ({
        hosts,
        routeId: storage.routeIdOf(hosts[0] ?? ''),
        options: Object.fromEntries(plugins.map(({ plugin, options }) => [plugin.key, options])),
      })),
  }
  const routeIdOf = (host: string) => storage.routeIdOf(host)
  const gateway = await createGateway({ config, log: createTestLog(), storage, installation, routeIdOf })
  const service = gateway.services.get<RetentionService>(retention)
  process.on('message', async (message) => {
    if (message === 'purge') {
      process.send?.(await service.run({ actor: { kind: 'system', name: 'bench' }, source: 'system' }))
      return
    }
    await gateway.close(1000)
    await storage.flush()
    process.send?.(storage.stats())
    await storage.close()
    process.disconnect()
  })
  process.send?.((await gateway.listen()).port)
}

function owners() {
  return PLUGINS.map(({ name, migrations = [] }) => ({ owner: name, migrations }))
}

function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`
}
