import { decodeCursor, listQuery, type ServiceHost, type SqlValue, toPage } from '@drawbridge/plugin-kit'
import { type Static, type TSchema, Type } from 'typebox'
import { askStorage } from './ask-storage.ts'
import { parseTime } from './parse-time.ts'
import { PART_KINDS } from './request-parts.ts'

const TIME = 'ISO 8601, seconds since 1970, or how long ago: 24h.'

const text = (description: string, maxLength: number) =>
  Type.Optional(Type.String({ description, minLength: 1, maxLength }))

/** Query of `GET /api/waf/events`. */
export const EventQuery = listQuery({
  since: text(`Found in this second or later. ${TIME}`, 40),
  until: text(`Found in this second or earlier. ${TIME}`, 40),
  route: text('First host name of the route.', 253),
  rule: text('Exactly this rule weighed most.', 64),
  part: Type.Optional(
    Type.Unsafe<string>({ type: 'string', enum: [...PART_KINDS], description: 'The part of the request.' }),
  ),
  action: Type.Optional(
    Type.Unsafe<string>({ type: 'string', enum: ['blocked', 'logged'], description: 'What was done.' }),
  ),
  path_prefix: text('The path begins with this, as it is stored (redacted).', 1024),
  client: text('An address as it is stored (`203.0.113.xxx`), or a pseudonym.', 64),
  request_id: text('Exactly this request.', 128),
})

/** Query of `GET /api/waf/events`. */
export type EventQuery = Static<typeof EventQuery>

const orNull = (schema: TSchema, description: string) => Type.Union([schema, Type.Null()], { description })

/** A row of `waf_blocks`, as the API shows it. */
export const WafEvent = Type.Object(
  {
    time: Type.String({ description: 'ISO 8601 in UTC.' }),
    request_id: Type.String({ description: 'Of the request, or of the first of several.' }),
    route: Type.String({ description: 'First host name of the route; empty for unknown hosts.' }),
    host: Type.String({ description: 'The host asked for.' }),
    method: Type.String({ description: 'The method.' }),
    path: Type.String({ description: 'The path, redacted.' }),
    action: Type.String({ description: '`blocked`, or `logged` where it would have been.' }),
    rule: Type.String({ description: 'The rule that weighs most, or the bound that was passed.' }),
    rules: Type.Array(Type.String(), { description: 'All rules that fired in this value.' }),
    score: Type.Integer({ description: 'Points of the value.' }),
    part: orNull(Type.String(), 'The part of the request.'),
    parameter: orNull(Type.String(), 'Name of the parameter, header, cookie or JSON key.'),
    pattern_matched: orNull(Type.String(), 'Text around the place, redacted.'),
    request_snippet: orNull(Type.String(), 'The request line, redacted.'),
    client: Type.String({ description: 'The address of the client, masked.' }),
    pseudonym: orNull(Type.String(), 'The same for one client on one day; null where pseudonyms are off.'),
    count: Type.Integer({ description: 'How many requests this stands for.' }),
  },
  { additionalProperties: false },
)

type Row = Readonly<Record<string, SqlValue>>

const ORDER = 'ORDER BY timestamp DESC, time_ms DESC, block_id DESC'

/** A page of what was found, newest first. Rejects with `SearchFailed` where the storage does not answer. */
export async function searchEvents(host: ServiceHost, query: EventQuery): Promise<object> {
  const { limit, cursor } = query
  const conditions = [...conditionsOf(query, host.clock.wallNow()), ...(cursor === undefined ? [] : [behind(cursor)])]
  const where = conditions.length === 0 ? '1' : conditions.map(([sql]) => `(${sql})`).join(' AND ')
  const sql = `SELECT waf_blocks.*, routes.host AS route_host FROM waf_blocks LEFT JOIN routes USING (route_id)
    WHERE ${where} ${ORDER} LIMIT ?`
  const params = [...conditions.flatMap(([, ...values]) => values), limit + 1]
  const rows = await askStorage(() => host.storage.all(sql, params))
  const page = toPage('events', rows, { limit, keyOf })
  return { ...page, events: rows.slice(0, limit).map(toEvent) }
}

type Condition = readonly [sql: string, ...params: SqlValue[]]

function conditionsOf(query: EventQuery, now: number): Condition[] {
  const { since, until, route, rule, part, action, path_prefix, client, request_id } = query
  const conditions: Condition[] = []
  if (since !== undefined) conditions.push(['timestamp >= ?', parseTime('since', since, now)])
  if (until !== undefined) conditions.push(['timestamp <= ?', parseTime('until', until, now)])
  if (route !== undefined)
    conditions.push(['route_id = (SELECT route_id FROM routes WHERE routes.host = ?)', route.toLowerCase()])
  if (rule !== undefined) conditions.push(['rule_triggered = ?', rule])
  if (part !== undefined) conditions.push(['part = ?', part])
  if (action !== undefined) conditions.push(['action = ?', action])
  if (path_prefix !== undefined) conditions.push(['path >= ? AND path < ?', path_prefix, `${path_prefix}\u{10ffff}`])
  if (client !== undefined) conditions.push(['ip_address = ? OR pseudonym = ?', client, client])
  if (request_id !== undefined) conditions.push(['request_id = ?', request_id])
  return conditions
}

/** Rows that came before those of the page before; what arrives meanwhile does not move them. */
function behind(cursor: string): Condition {
  const key = decodeCursor(cursor, 3)
  // By itself the comparison of rows does not tell SQLite where in the index to begin.
  return ['timestamp <= ? AND (timestamp, time_ms, block_id) < (?, ?, ?)', key[0] ?? 0, ...key]
}

function keyOf({ timestamp, time_ms, block_id }: Row): number[] {
  return [Number(timestamp), Number(time_ms), Number(block_id)]
}

function toEvent(row: Row) {
  const route = String(row.route_host ?? '')
  return {
    time: new Date(Number(row.timestamp) * 1000 + Number(row.time_ms)).toISOString(),
    request_id: row.request_id ?? '',
    route,
    host: row.host ?? route,
    method: row.method ?? '',
    path: row.path,
    action: row.action ?? '',
    rule: row.rule_triggered,
    rules: String(row.rules ?? '').split(' '),
    score: row.score ?? 0,
    part: row.part,
    parameter: row.parameter,
    pattern_matched: row.pattern_matched,
    request_snippet: row.request_snippet,
    client: row.ip_address,
    pseudonym: row.pseudonym,
    count: row.count,
  }
}
