import type { RequestEntry, SqlValue } from '@drawbridge/plugin-kit'
import { clip, clipOrNull } from './clip.ts'
import { shownStatus } from './shown-status.ts'

/** Longest texts that are stored, in characters: an attacker pays for what is longer, not the disk. */
export const MAX_TEXT = { path: 2048, query: 2048, host: 253, userAgent: 512, referrer: 1024, details: 4096 } as const

/** The columns of `request_logs` that every row fills. */
export const COMMON_COLUMNS = [
  'timestamp',
  'time_ms',
  'request_id',
  'route_id',
  'method',
  'path',
  'status',
  'duration_ms',
  'wait_ms',
  'bytes_sent',
  'bytes_received',
  'client',
  'pseudonym',
  'user_agent',
  'user_agent_class',
  'referrer',
  'upstream',
] as const

/** Those that few rows fill: even a NULL costs the writer 0.1 µs, so most rows come without them. */
const RARE_COLUMNS = ['host', 'query', 'retry_count', 'cause', 'country', 'details'] as const

/** All columns that a row may fill. */
export const REQUEST_COLUMNS = [...COMMON_COLUMNS, ...RARE_COLUMNS] as const

/** The row of a finished request: values for `COMMON_COLUMNS`, or, where it has any of the rare ones, for `REQUEST_COLUMNS`. */
export function toRequestRow(entry: RequestEntry, agentClass: string): SqlValue[] {
  const milliseconds = Math.floor(entry.time)
  const timestamp = Math.floor(milliseconds / 1000)
  const row: SqlValue[] = [
    timestamp,
    milliseconds - timestamp * 1000,
    entry.requestId,
    entry.routeId,
    entry.method,
    clip(entry.path, MAX_TEXT.path),
    shownStatus(entry),
    Math.round(entry.durationMs),
    Math.round(entry.waitMs),
    entry.responseBytes,
    entry.requestBytes,
    entry.client,
    textOrNull(entry.pseudonym),
    clipOrNull(entry.userAgent, MAX_TEXT.userAgent),
    textOrNull(agentClass),
    clipOrNull(entry.referrer, MAX_TEXT.referrer),
    textOrNull(entry.backend),
  ]
  if (isPlain(entry)) return row
  row.push(
    isAskedByName(entry) ? null : clip(entry.host, MAX_TEXT.host),
    clipOrNull(entry.query, MAX_TEXT.query),
    entry.attempts > 1 ? entry.attempts - 1 : 0,
    textOrNull(entry.cause),
    textOrNull(entry.country),
    detailsOf(entry),
  )
  return row
}

function isPlain(entry: RequestEntry): boolean {
  const { query, attempts, cause, country, decisions, upgrade, isAborted } = entry
  const isEventful = cause !== '' || decisions !== undefined || upgrade !== '' || isAborted
  return !isEventful && query === '' && attempts <= 1 && country === '' && isAskedByName(entry)
}

/** The route's own name is not repeated in every row. */
function isAskedByName({ host, routeHost, routeId }: RequestEntry): boolean {
  return host === routeHost && routeId !== 0
}

/** What few requests have, as JSON: `{ decisions, upgrade, aborted }`. Decisions that do not fit are left out. */
function detailsOf({ decisions, upgrade, isAborted }: RequestEntry): string | null {
  if (decisions === undefined && upgrade === '' && !isAborted) return null
  const rest = { ...(upgrade === '' ? {} : { upgrade }), ...(isAborted ? { aborted: true } : {}) }
  const all = JSON.stringify({ ...(decisions === undefined ? {} : { decisions }), ...rest })
  return all.length <= MAX_TEXT.details ? all : JSON.stringify(rest)
}

function textOrNull(text: string): string | null {
  return text === '' ? null : text
}
