import type { FoundRecord, ServiceHost, SqlValue, Storage } from '@drawbridge/plugin-kit'
import type { Breach, BreachNote } from './breaches.ts'
import { makeRegister } from './register.ts'
import { quoteName } from './row-condition.ts'

const MAX_REQUESTS = 500
const MAX_AUDIT = 1_000
const MAX_GROUPS = 1_000
/** Of the request log; a column that it does not have is left out. */
const GROUPED_BY = ['status', 'country'] as const
/** Of the audit log: what it says of who did what, without the values. */
const AUDIT_COLUMNS = ['audit_id', 'timestamp', 'user', 'action', 'resource_type', 'resource_id', 'source'] as const

/** What is known of the time of a breach, as far as it is still stored. Addresses are as stored: masked unless masking is off. */
export interface Evidence {
  /** Seconds since 1970. */
  readonly generated_at: number
  readonly window: { readonly from: number; readonly until: number }
  readonly notes: readonly BreachNote[]
  readonly request_counts: readonly FoundRecord[]
  /** The latest 500 requests of the window. */
  readonly requests: readonly FoundRecord[]
  /** The first 1,000 audit entries of the window. */
  readonly audit_entries: readonly FoundRecord[]
  /** The configuration now; audit entries say whether it was changed since. */
  readonly configuration: unknown
  readonly affected_data: readonly {
    readonly host: string
    readonly record: string
    readonly categories: readonly string[]
  }[]
}

/** Collects the evidence of a breach's window. */
export async function collectEvidence(
  host: ServiceHost,
  breach: Breach,
  notes: readonly BreachNote[],
): Promise<Evidence> {
  const now = Math.floor(host.clock.wallNow() / 1000)
  const from = breach.beganAt
  const until = breach.endedAt ?? now
  const { storage, installation } = host
  await storage.flush()
  return {
    generated_at: now,
    window: { from, until },
    notes,
    request_counts: await countRequests(storage, [from, until]),
    requests: await readLatest(storage, [from, until]),
    audit_entries: await readAudit(storage, [from, until]),
    configuration: installation.configuration().effective,
    affected_data: await affectedData(host),
  }
}

async function countRequests(storage: Storage, window: readonly SqlValue[]): Promise<FoundRecord[]> {
  const columns = await columnsOf(storage, 'request_logs')
  const groups = GROUPED_BY.filter((name) => columns.includes(name)).map((name) => `request_logs.${quoteName(name)}`)
  if (groups.length === 0) return []
  const list = ['routes.host', ...groups].join(', ')
  return storage.all(
    `SELECT ${list}, count(*) AS requests FROM request_logs LEFT JOIN routes USING (route_id)
      WHERE timestamp BETWEEN ? AND ? GROUP BY ${list} ORDER BY ${list} LIMIT ${MAX_GROUPS}`,
    window,
  )
}

async function readLatest(storage: Storage, window: readonly SqlValue[]): Promise<FoundRecord[]> {
  if ((await columnsOf(storage, 'request_logs')).length === 0) return []
  return storage.all(
    `SELECT * FROM request_logs WHERE timestamp BETWEEN ? AND ? ORDER BY timestamp DESC LIMIT ${MAX_REQUESTS}`,
    window,
  )
}

async function readAudit(storage: Storage, window: readonly SqlValue[]): Promise<FoundRecord[]> {
  const columns = await columnsOf(storage, 'audit_log')
  const shown = AUDIT_COLUMNS.filter((name) => columns.includes(name)).map(quoteName)
  if (shown.length === 0) return []
  return storage.all(
    `SELECT ${shown.join(', ')} FROM audit_log WHERE timestamp BETWEEN ? AND ? ORDER BY timestamp LIMIT ${MAX_AUDIT}`,
    window,
  )
}

/** Another plugin's table or view: its columns, none where it is not installed. */
async function columnsOf(storage: Storage, table: string): Promise<string[]> {
  const rows = await storage.all('SELECT name FROM pragma_table_info(?)', [table])
  return rows.map(({ name }) => String(name))
}

async function affectedData(host: ServiceHost): Promise<Evidence['affected_data']> {
  const { routes, shared } = await makeRegister(host)
  return [...routes, shared].flatMap((part) =>
    part.activities.map(({ name, data }) => ({
      host: part === shared ? 'administration' : (part.hosts[0] ?? 'unknown hosts'),
      record: name,
      categories: [...new Set(data.map(({ category }) => category))],
    })),
  )
}
