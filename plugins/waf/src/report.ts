import type { ServiceHost, SqlValue } from '@drawbridge/plugin-kit'
import { type Static, Type } from 'typebox'
import { askStorage } from './ask-storage.ts'
import { BOUNDS } from './finding.ts'
import { parseTime } from './parse-time.ts'
import { RULES } from './rules/all-rules.ts'

const closed = { additionalProperties: false }

/** Query of `GET /api/waf/report`. */
export const ReportQuery = Type.Object(
  {
    since: Type.String({
      description: 'From this time on: ISO 8601, seconds since 1970, or how long ago.',
      default: '7d',
      maxLength: 40,
    }),
    route: Type.Optional(Type.String({ description: 'First host name of the route.', maxLength: 253 })),
    action: Type.Unsafe<string>({
      type: 'string',
      enum: ['logged', 'blocked'],
      description: '`logged`: what would have been blocked; `blocked`: what was.',
      default: 'logged',
    }),
  },
  closed,
)

/** Query of `GET /api/waf/report`. */
export type ReportQuery = Static<typeof ReportQuery>

const Exclusion = Type.Object(
  {
    path: Type.Optional(Type.String({ description: 'Path pattern.' })),
    part: Type.Optional(Type.String({ description: 'The part of the request.' })),
    parameter: Type.Optional(Type.String({ description: 'Name of the parameter.' })),
    rule: Type.Optional(Type.String({ description: 'A rule or a group.' })),
  },
  closed,
)

/** One line of the report. */
export const ReportLine = Type.Object(
  {
    route: Type.String({ description: 'First host name of the route; empty for unknown hosts.' }),
    path: Type.String({ description: 'Path pattern: numbers and ids are `*`.' }),
    part: Type.Union([Type.String(), Type.Null()], { description: 'The part of the request.' }),
    parameter: Type.Union([Type.String(), Type.Null()], { description: 'Name of the parameter.' }),
    rule: Type.String({ description: 'The rule that weighs most.' }),
    rules: Type.Array(Type.String(), { description: 'All rules that fired.' }),
    requests: Type.Integer({ description: 'How many requests.' }),
    clients: Type.Integer({ description: 'From at least so many clients (pseudonyms of a day).' }),
    last_seen: Type.Integer({ description: 'Seconds since 1970.' }),
    example: Type.Union([Type.String(), Type.Null()], { description: 'Text around one of the places, redacted.' }),
    exclusion: Type.Union([Exclusion, Type.Null()], {
      description: 'What to put under `waf.exclusions` if these are false alarms; null for bounds.',
    }),
  },
  closed,
)

/** Answer of `GET /api/waf/report`. */
export const ReportAnswer = Type.Object(
  { lines: Type.Array(ReportLine, { description: 'What occurs most comes first.' }) },
  closed,
)

type Line = Static<typeof ReportLine>
type Row = Readonly<Record<string, SqlValue>>

/** Combinations of path, parameter and rule that are looked at, those with most requests. */
const MAX_GROUPS = 2000
const GROUP_OF = new Map(RULES.map(({ id, group }) => [id, group as string]))
/** Numbers, hexadecimal ids and UUIDs, and what the redactor replaced. */
const VARIABLE_SEGMENT = /^\d+$|^[0-9a-f-]{8,}$|[[\]*]/i

/** What was found, by route, path, part, parameter and rule. Rejects with `SearchFailed` where the storage does not answer. */
export async function createReport(host: ServiceHost, query: ReportQuery): Promise<{ lines: Line[] }> {
  const since = parseTime('since', query.since, host.clock.wallNow())
  const ofRoute = query.route === undefined ? '' : 'AND routes.host = ?'
  const sql = `SELECT routes.host AS route_host, path, part, parameter, rule_triggered, rules,
      sum(count) AS requests, count(DISTINCT pseudonym) AS clients, max(timestamp) AS last_seen, max(pattern_matched) AS example
    FROM waf_blocks LEFT JOIN routes USING (route_id)
    WHERE timestamp >= ? AND action = ? ${ofRoute}
    GROUP BY route_id, path, part, parameter, rule_triggered, rules ORDER BY requests DESC LIMIT ${MAX_GROUPS}`
  const params = [since, query.action, ...(query.route === undefined ? [] : [query.route.toLowerCase()])]
  const rows = await askStorage(() => host.storage.all(sql, params))
  return { lines: mergeLines(rows.map(toLine)) }
}

function toLine(row: Row): Line {
  const text = (value: SqlValue | undefined) => (typeof value === 'string' ? value : null)
  return {
    route: text(row.route_host) ?? '',
    path: toPattern(String(row.path)),
    part: text(row.part),
    parameter: text(row.parameter),
    rule: String(row.rule_triggered),
    rules: String(row.rules ?? '').split(' '),
    requests: Number(row.requests),
    clients: Number(row.clients),
    last_seen: Number(row.last_seen),
    example: text(row.example),
    exclusion: null,
  }
}

/** `/servers/12/files` → `/servers/*\/files`: one line, and one exclusion, for all of them. */
function toPattern(path: string): string {
  const segments = path.split('/').map((segment) => (VARIABLE_SEGMENT.test(segment) ? '*' : segment))
  return segments.join('/').replace(/[\s?#]/g, (sign) => encodeURIComponent(sign))
}

function mergeLines(lines: readonly Line[]): Line[] {
  const merged = new Map<string, Line>()
  for (const line of lines) {
    const key = JSON.stringify([line.route, line.path, line.part, line.parameter, line.rule])
    const known = merged.get(key)
    merged.set(key, known === undefined ? line : addUp(known, line))
  }
  return [...merged.values()]
    .map((line) => ({ ...line, exclusion: exclusionFor(line) }))
    .sort((a, b) => b.requests - a.requests)
}

function addUp(a: Line, b: Line): Line {
  return {
    ...a,
    rules: [...new Set([...a.rules, ...b.rules])],
    requests: a.requests + b.requests,
    // The same client may be behind both.
    clients: Math.max(a.clients, b.clients),
    last_seen: Math.max(a.last_seen, b.last_seen),
    example: a.example ?? b.example,
  }
}

/** The narrowest exclusion that lets all of these through: one rule, else one group, else the parameter as a whole. */
function exclusionFor({ path, part, parameter, rule, rules }: Line): Line['exclusion'] {
  if ((BOUNDS as readonly string[]).includes(rule)) return null
  const groups = new Set(rules.map((id) => GROUP_OF.get(id) ?? 'custom'))
  const [group] = groups
  const narrowest = rules.length === 1 ? rule : groups.size === 1 ? group : undefined
  return {
    // What was found in the path is there whatever the path is called.
    ...(part === 'path' ? {} : { path }),
    ...(part === null ? {} : { part }),
    ...(parameter === null ? {} : { parameter }),
    ...(narrowest === undefined ? {} : { rule: narrowest }),
  }
}
