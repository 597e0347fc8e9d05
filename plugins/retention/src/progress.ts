import type { Purged, RetentionClass, SqlValue, StatementWrite, Storage } from '@drawbridge/plugin-kit'
import { NO_ROUTE } from './rules.ts'

/** Of what a run deletes something. */
export interface Part {
  readonly run: number
  readonly class: RetentionClass
  /** Name of the table or file store. */
  readonly store: string
  /** `NO_ROUTE` where it concerns no single one. */
  readonly routeId: number
  readonly host: string
  /** Seconds. */
  readonly period: number
  /** Seconds since 1970. */
  readonly cutoff: number
}

/** A part as it is stored while its run goes on. `started` says that files are being deleted and nobody knows how many yet. */
export interface ProgressRow {
  readonly id: number
  readonly run: number
  readonly class: string
  readonly store: string
  readonly route_id: number | null
  readonly host: string | null
  readonly period: number
  readonly cutoff: number
  readonly deleted: number
  readonly oldest: number | null
  readonly newest: number | null
  readonly state: 'done' | 'started' | 'failed'
  readonly error: string | null
}

const KEY = '(run, class, store, route_id, host, period)'
const COLUMNS = 'run, class, store, route_id, host, period, cutoff'
const WHERE_KEY = 'run = ? AND class = ? AND store = ? AND route_id = ? AND host = ? AND period = ?'

/** Adds what the statement before it in the same transaction deleted. */
export function addDeleted(part: Part, { oldest, newest }: Omit<Purged, 'count'>): StatementWrite {
  const sql = `INSERT INTO retention_progress (${COLUMNS}, deleted, oldest, newest, state)
    VALUES (?, ?, ?, ?, ?, ?, ?, changes(), ?, ?, 'done')
    ON CONFLICT ${KEY} DO UPDATE SET deleted = deleted + excluded.deleted,
      oldest = min(oldest, excluded.oldest), newest = max(newest, excluded.newest)`
  return { sql, params: [...valuesOf(part), oldest ?? null, newest ?? null] }
}

/** Notes that deleting is about to begin. */
export async function noteStart(storage: Storage, part: Part): Promise<void> {
  await note(storage, part, { state: 'started', error: null })
}

/** Notes why a part could not be deleted, or not all of it. */
export async function noteFailure(storage: Storage, part: Part, error: string): Promise<void> {
  await note(storage, part, { state: 'failed', error })
}

/** Notes what was deleted of a part that was started; forgets the part where that was nothing. */
export async function noteEnd(storage: Storage, part: Part, { count, oldest, newest }: Purged): Promise<void> {
  const key = valuesOf(part).slice(0, -1)
  if (count === 0) {
    await storage.durable([{ sql: `DELETE FROM retention_progress WHERE ${WHERE_KEY}`, params: key }])
    return
  }
  const sql = `UPDATE retention_progress SET deleted = ?, oldest = ?, newest = ?, state = 'done' WHERE ${WHERE_KEY}`
  await storage.durable([{ sql, params: [count, oldest ?? null, newest ?? null, ...key] }])
}

/** The first parts noted, of whichever run. */
export async function readProgress(storage: Storage, limit: number): Promise<readonly ProgressRow[]> {
  const sql = `SELECT id, run, class, store, nullif(route_id, ${NO_ROUTE}) AS route_id,
    iif(route_id = ${NO_ROUTE} AND host = '', NULL, host) AS host,
    period, cutoff, deleted, oldest, newest, state, error FROM retention_progress ORDER BY id LIMIT ?`
  return (await storage.all(sql, [limit])) as unknown as ProgressRow[]
}

/** The statement that forgets parts up to this one. */
export function forgetUpTo(id: number): StatementWrite {
  return { sql: 'DELETE FROM retention_progress WHERE id <= ?', params: [id] }
}

async function note(
  storage: Storage,
  part: Part,
  { state, error }: Pick<ProgressRow, 'state' | 'error'>,
): Promise<void> {
  const sql = `INSERT INTO retention_progress (${COLUMNS}, deleted, state, error) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?)
    ON CONFLICT ${KEY} DO UPDATE SET state = excluded.state, error = excluded.error`
  await storage.durable([{ sql, params: [...valuesOf(part), state, error] }])
}

function valuesOf({ run, class: retentionClass, store, routeId, host, period, cutoff }: Part): SqlValue[] {
  return [run, retentionClass, store, routeId, host, period, cutoff]
}
