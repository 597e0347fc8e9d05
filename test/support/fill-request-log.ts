import { coreMigrations, migrate, openDatabase, resolveRouteIds } from '@drawbridge/db'
import { plugin as accessLog } from '@drawbridge/plugin-access-log'
import type { SqlValue } from '@drawbridge/plugin-kit'

const DAY = 86_400
const CLIENTS = 20_000
const PATHS = 50_000
const NUMBERS = ['duration_ms', 'wait_ms', 'bytes_sent', 'bytes_received', 'retry_count']

/** Which rows to make: so many for every span of days before now, evenly spread. */
export interface RequestLogRows {
  readonly hosts: readonly string[]
  readonly spans: readonly { readonly rows: number; readonly fromDays: number; readonly toDays: number }[]
}

/** The pseudonym of the nth client in such a log. */
export function clientPseudonym(client: number): string {
  return `p${client % CLIENTS}`
}

/** Makes a database with a request log in it, oldest rows first as a gateway would have written them. */
export function fillRequestLog(file: string, { hosts, spans }: RequestLogRows): void {
  const database = openDatabase({ file })
  migrate(database, coreMigrations)
  migrate(database, { owner: accessLog.name, migrations: accessLog.migrations ?? [] })
  const ids = [...resolveRouteIds(database, hosts).values()]
  const columns = database.sqlite.pragma('table_info(request_logs)') as { name: string; notnull: number; pk: number }[]
  const names = columns.filter(({ pk }) => pk === 0).map(({ name }) => name)
  const insert = database.sqlite.prepare(
    `INSERT INTO request_logs (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
  )
  const now = Math.floor(Date.now() / 1000)
  let row = 0
  database.sqlite.transaction(() => {
    for (const { rows, fromDays, toDays } of spans) {
      for (let i = 0; i < rows; i += 1, row += 1) {
        const age = fromDays * DAY - (i * (fromDays - toDays) * DAY) / rows
        const facts = factsOf(row, Math.floor(now - age), ids[row % ids.length] ?? 0)
        insert.run(names.map((name) => facts[name] ?? (NUMBERS.includes(name) ? row % 777 : null)))
      }
    }
  })()
  database.close()
}

function factsOf(row: number, timestamp: number, routeId: number): Record<string, SqlValue> {
  return {
    timestamp,
    time_ms: row % 1000,
    request_id: `019ab3c4-5d6e-7f80-9abc-${String(row).padStart(12, '0')}`,
    route_id: routeId,
    method: 'GET',
    path: `/api/client/servers/${(row * 7919) % PATHS}/resources`,
    status: row % 10_000 === 0 ? 502 : row % 50 === 0 ? 404 : 200,
    client: `203.0.${row % 200}.xxx`,
    pseudonym: clientPseudonym(row * 31),
    user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    referrer: 'https://panel.example.org/',
  }
}
