import { listQuery, type SqlValue } from '@drawbridge/plugin-kit'
import { type Static, Type } from 'typebox'

const CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const

const TIME = 'A date, a date and time (ISO 8601), seconds since 1970, or how long ago (`24h`).'

/** Query of `GET /api/logs`. Filters are joined by "and". */
export const LogQuery = listQuery({
  request_id: optionalText('Exactly this request id.', 128),
  since: optionalText(`Requests that began in this second or later. ${TIME}`, 40),
  until: optionalText(`Requests that began in this second or earlier. ${TIME}`, 40),
  status: Type.Optional(Type.Integer({ description: 'Exactly this status.', minimum: 100, maximum: 599 })),
  status_class: Type.Optional(
    Type.Union(
      CLASSES.map((name) => Type.Literal(name)),
      { description: 'All statuses of a class.' },
    ),
  ),
  host: optionalText('The host asked for.', 253),
  method: optionalText('Exactly this method.', 40),
  path_prefix: optionalText('The path begins with this, as it is logged (redacted).', 1024),
  path_contains: optionalText('The path has this in it, in upper or lower case.', 200),
  client: optionalText(
    'An address as it is logged (`203.0.113.xxx`), a network (`203.0.113.0/24`), a pseudonym, or an address in full, which is looked for by its pseudonyms.',
    64,
  ),
  min_duration_ms: Type.Optional(Type.Integer({ description: 'Took at least this long.', minimum: 0 })),
  cause: optionalText('Exactly this error code of the gateway.', 100),
})

/** Query of `GET /api/logs`. */
export type LogQuery = Static<typeof LogQuery>

/** Query of `GET /api/errors`. */
export const ErrorQuery = listQuery(
  (({ request_id, since, until, status, status_class, host, cause }) => ({
    request_id,
    since,
    until,
    status,
    status_class,
    host,
    cause,
  }))(LogQuery.properties),
)

/** Query of `GET /api/errors`. */
export type ErrorQuery = Static<typeof ErrorQuery>

/** A condition with the values of its `?`. */
export interface SqlPiece {
  readonly sql: string
  readonly params: readonly SqlValue[]
}

/** A query whose times are resolved to seconds since 1970. */
export type Filters = Omit<LogQuery, 'since' | 'until' | 'limit' | 'cursor' | 'client'> & {
  readonly sinceSecond: number | undefined
  readonly untilSecond: number | undefined
}

/** The conditions of all filters but `client`, in the order in which SQLite checks them: what costs least comes first. */
export function toConditions(filters: Filters): SqlPiece[] {
  const { status_class, path_prefix, path_contains } = filters
  return [
    ...whenSet(filters.request_id, 'request_id = ?'),
    ...whenSet(filters.sinceSecond, 'timestamp >= ?'),
    ...whenSet(filters.untilSecond, 'timestamp <= ?'),
    ...whenSet(filters.status, 'status = ?'),
    ...(status_class === undefined ? [] : [statusBetween(Number(status_class[0]) * 100)]),
    ...whenSet(filters.min_duration_ms, 'duration_ms >= ?'),
    ...whenSet(filters.method, 'method = ?'),
    ...whenSet(filters.cause, 'cause = ?'),
    ...(filters.host === undefined ? [] : [ofHost(filters.host.toLowerCase())]),
    ...(path_prefix === undefined
      ? []
      : [{ sql: 'path >= ? AND path < ?', params: [path_prefix, `${path_prefix}\u{10ffff}`] }]),
    ...(path_contains === undefined ? [] : [{ sql: "path LIKE ? ESCAPE '\\'", params: [likeText(path_contains)] }]),
  ]
}

/** All conditions as one; `1` where there are none. */
export function joinConditions(pieces: readonly SqlPiece[]): SqlPiece {
  if (pieces.length === 0) return { sql: '1', params: [] }
  return { sql: pieces.map(({ sql }) => `(${sql})`).join(' AND '), params: pieces.flatMap(({ params }) => params) }
}

function whenSet(value: SqlValue | undefined, sql: string): SqlPiece[] {
  return value === undefined ? [] : [{ sql, params: [value] }]
}

function statusBetween(first: number): SqlPiece {
  return { sql: 'status BETWEEN ? AND ?', params: [first, first + 99] }
}

/** Rows that were asked for by the route's own name do not repeat it. */
function ofHost(host: string): SqlPiece {
  const sql = 'host = ? OR (host IS NULL AND route_id = (SELECT route_id FROM routes WHERE routes.host = ?))'
  return { sql, params: [host, host] }
}

function likeText(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`
}

function optionalText(description: string, maxLength: number) {
  return Type.Optional(Type.String({ description, minLength: 1, maxLength }))
}
