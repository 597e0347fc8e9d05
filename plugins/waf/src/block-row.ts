import type { Redactor, RequestRecord, SqlValue } from '@drawbridge/plugin-kit'
import type { Finding } from './finding.ts'
import type { Mode } from './route-policy.ts'

/** The columns of `waf_blocks` that are filled, in the order of `toBlockRow`. */
export const BLOCK_COLUMNS = [
  'timestamp',
  'time_ms',
  'request_id',
  'ip_address',
  'pseudonym',
  'route_id',
  'host',
  'method',
  'path',
  'rule_triggered',
  'rules',
  'score',
  'part',
  'parameter',
  'pattern_matched',
  'request_snippet',
  'action',
  'count',
] as const

/** What a row is made of. */
export interface BlockFacts {
  readonly record: RequestRecord
  readonly finding: Finding
  readonly mode: Mode
  readonly redactor: Redactor
  readonly routeId: number
  /** Milliseconds since 1970. */
  readonly now: number
}

const MAX = { path: 1024, host: 253, parameter: 100, excerpt: 120, snippet: 256 }
const REDACTED = '[REDACTED]'

/** The row of a request: nothing of it but what the route's redactor lets through, cut short. */
export function toBlockRow({ record, finding, mode, redactor, routeId, now }: BlockFacts): SqlValue[] {
  const pseudonym = redactor.pseudonym(record.clientAddress)
  const host = record.routeHost === '' ? redactor.text(record.host) : record.host
  return [
    ...timeColumns(now),
    record.requestId,
    redactor.address(record.clientAddress),
    pseudonym === '' ? null : pseudonym,
    routeId,
    clip(host, MAX.host),
    record.method,
    clip(redactor.path(record.path), MAX.path),
    finding.rule,
    finding.rules.join(' '),
    finding.score,
    finding.part ?? null,
    finding.parameter === '' ? null : clip(redactor.text(finding.parameter), MAX.parameter),
    shownExcerpt(finding, redactor),
    snippet(record, redactor),
    mode === 'block' ? 'blocked' : 'logged',
    1,
  ]
}

/** The same row for `count` more requests, the last of them at `now`. */
export function withCount(row: readonly SqlValue[], count: number, now: number): SqlValue[] {
  return [...timeColumns(now), ...row.slice(2, -1), count]
}

/** Whole seconds since 1970, and the milliseconds beyond. */
function timeColumns(now: number): [number, number] {
  const seconds = Math.floor(now / 1000)
  return [seconds, Math.floor(now - seconds * 1000)]
}

/** Values of secret parameters, cookies and credentials are not shown, whatever was found in them. */
function shownExcerpt({ excerpt, part, parameter }: Finding, redactor: Redactor): string | null {
  if (excerpt === '') return null
  if (part === 'cookie') return clip(redactor.header('cookie', excerpt), MAX.excerpt)
  if (part === 'header') return clip(redactor.header(parameter, excerpt), MAX.excerpt)
  const isSecret = parameter !== '' && !redactor.query(`${encodeURIComponent(parameter)}=x`).endsWith('=x')
  return isSecret ? REDACTED : clip(redactor.text(excerpt), MAX.excerpt)
}

/** The request line, which shows where the value stood; bodies and headers are never part of it. */
function snippet({ method, path, target }: RequestRecord, redactor: Redactor): string {
  const question = target.indexOf('?')
  const query = question === -1 ? '' : `?${redactor.query(target.slice(question + 1))}`
  return clip(`${method} ${redactor.path(path)}${query}`, MAX.snippet)
}

/** At most `maxLength` characters. What is cut is copied: a slice would keep the whole text in memory. */
function clip(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : Buffer.from(text.slice(0, maxLength)).toString()
}
