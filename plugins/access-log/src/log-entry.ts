import type { SqlValue } from '@drawbridge/plugin-kit'
import { Type } from 'typebox'

const closed = { additionalProperties: false }

const COMMON = {
  request_id: text('As it was sent to the backend and to the client.'),
  time: text('When the head of the request was there, ISO 8601 in UTC.'),
  route: text('First host name of the route; empty for unknown hosts.'),
  host: text('The host asked for.'),
  method: text('The method.'),
  path: text('The path, redacted.'),
  status: integer(
    'Status of the answer; 499 where the client left before it, 444 where the gateway cut the connection.',
  ),
  duration_ms: integer('From the head of the request to the end of the answer.'),
  wait_ms: integer('Until the answer of the backend began.'),
  transfer_ms: integer('From then on: sending the answer to the client.'),
  client: text('The address of the client, masked.'),
  pseudonym: orNull('The same for one client on one day; null where pseudonyms are off.'),
  retry_count: integer('How often the request was sent to a backend again.'),
  cause: orNull('Error code of the gateway where it answered by itself or cut the connection.'),
  upstream: orNull('Where the request was sent.'),
}

const Decision = Type.Object(
  {
    by: text('Name of the plugin.'),
    what: text('What it decided.'),
    facts: Type.Optional(
      Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
        description: 'Limits, names of rules.',
      }),
    ),
  },
  closed,
)

/** A request, as the API shows it. */
export const LogEntry = Type.Object(
  {
    ...COMMON,
    query: orNull('The query without `?`, redacted.'),
    bytes_sent: integer('Bytes of the body sent to the client.'),
    bytes_received: integer('Bytes of the body that came from the client.'),
    user_agent: orNull('The user agent.'),
    user_agent_class: orNull('`browser`, `bot`, `tool` or `app`.'),
    user_agent_family: orNull('The name of the program.'),
    referrer: orNull('The page that led here, without query.'),
    country: orNull('Two letters.'),
    upgrade: orNull('`websocket`.'),
    is_aborted: Type.Boolean({ description: 'The client left before the answer was complete.' }),
    decisions: Type.Array(Decision, { description: 'What plugins decided.' }),
  },
  closed,
)

/** A failed or refused request, as the API shows it. */
export const ErrorEntry = Type.Object(COMMON, closed)

type Row = Readonly<Record<string, SqlValue>>

/** Makes the entry of a row of `request_logs` that was joined with `routes` (`route_host`). */
export function toLogEntry(row: Row) {
  const [agentClass = '', ...family] = String(row.user_agent_class ?? '').split('/')
  return {
    ...toErrorEntry(row),
    query: row.query ?? null,
    bytes_sent: row.bytes_sent,
    bytes_received: row.bytes_received,
    user_agent: row.user_agent ?? null,
    user_agent_class: agentClass === '' ? null : agentClass,
    user_agent_family: family.join('/') || null,
    referrer: row.referrer ?? null,
    country: row.country ?? null,
    ...readDetails(row.details),
  }
}

/** Makes the entry of a row of `error_logs` that was joined with `routes`. */
export function toErrorEntry(row: Row) {
  const route = String(row.route_host ?? '')
  const [duration, wait] = [Number(row.duration_ms), Number(row.wait_ms)]
  return {
    request_id: row.request_id,
    time: new Date(Number(row.timestamp) * 1000 + Number(row.time_ms)).toISOString(),
    route,
    host: row.host ?? route,
    method: row.method,
    path: row.path,
    status: row.status,
    duration_ms: duration,
    wait_ms: wait,
    transfer_ms: Math.max(0, duration - wait),
    client: row.client,
    pseudonym: row.pseudonym ?? null,
    retry_count: row.retry_count,
    cause: row.cause ?? null,
    upstream: row.upstream ?? null,
  }
}

function readDetails(details: SqlValue | undefined) {
  const read = typeof details === 'string' ? (JSON.parse(details) as Record<string, unknown>) : {}
  return { upgrade: read.upgrade ?? null, is_aborted: read.aborted === true, decisions: read.decisions ?? [] }
}

function text(description: string) {
  return Type.String({ description })
}

function integer(description: string) {
  return Type.Integer({ description })
}

function orNull(description: string) {
  return Type.Union([Type.String(), Type.Null()], { description })
}
