import type { RequestEntry } from '@drawbridge/plugin-kit'
import { clip } from './clip.ts'
import { escapeQuoted, escapeTarget, toSafeJson } from './escape.ts'
import { toLogTime } from './log-time.ts'
import type { Format } from './options.ts'
import { MAX_TEXT } from './request-row.ts'
import { shownStatus } from './shown-status.ts'

/** Makes a line, without its line break, of a finished request. */
export type ToLine = (entry: RequestEntry, agentClass: string) => string

const FORMATTERS: Readonly<Record<Format, ToLine>> = {
  json: toJsonLine,
  combined: toCombinedLine,
  vcombined: (entry) => `${toHostAndPort(entry)} ${toCombinedLine(entry)}`,
  ecs: toEcsLine,
}

/** The function that makes the lines of a format. */
export function formatter(format: Format): ToLine {
  return FORMATTERS[format]
}

/**
 * Apache's and nginx's "combined": with the end of the request as its time, so that lines are in the order of time; the pseudonym stands
 * where a user would, so that one client's lines can be found for erasure.
 */
function toCombinedLine(entry: RequestEntry): string {
  const { query } = entry
  const target = escapeTarget(clip(entry.path, MAX_TEXT.path) + (query === '' ? '' : `?${clip(query, MAX_TEXT.query)}`))
  const request = `${entry.method} ${target} HTTP/${entry.httpVersion}`
  const referrer = escapeQuoted(clip(entry.referrer, MAX_TEXT.referrer)) || '-'
  const userAgent = escapeQuoted(clip(entry.userAgent, MAX_TEXT.userAgent)) || '-'
  return `${entry.clientAddress} - ${entry.pseudonym || '-'} [${toLogTime(endOf(entry))}] "${request}" ${shownStatus(entry)} ${entry.responseBytes} "${referrer}" "${userAgent}"`
}

/** Ports tell http and https apart. An IPv6 host has no brackets here: programs end the host at the first colon behind it. */
function toHostAndPort({ host, scheme }: RequestEntry): string {
  const name = /^[\w.-]{1,253}$/.test(host) ? host : '-'
  return `${name}:${scheme === 'https' ? 443 : 80}`
}

function toJsonLine(entry: RequestEntry, agentClass: string): string {
  return toSafeJson({
    time: new Date(entry.time).toISOString(),
    request_id: entry.requestId,
    route: entry.routeHost,
    host: clip(entry.host, MAX_TEXT.host),
    method: entry.method,
    path: clip(entry.path, MAX_TEXT.path),
    query: optional(entry.query, MAX_TEXT.query),
    http_version: entry.httpVersion,
    scheme: entry.scheme,
    status: shownStatus(entry),
    duration_ms: round(entry.durationMs),
    wait_ms: round(entry.waitMs),
    bytes_sent: entry.responseBytes,
    bytes_received: entry.requestBytes,
    client: entry.client,
    client_address: entry.clientAddress,
    pseudonym: optional(entry.pseudonym),
    country: optional(entry.country),
    user_agent: optional(entry.userAgent, MAX_TEXT.userAgent),
    user_agent_class: optional(agentClass),
    referrer: optional(entry.referrer, MAX_TEXT.referrer),
    retry_count: Math.max(0, entry.attempts - 1),
    upstream: optional(entry.backend),
    cause: optional(entry.cause),
    aborted: entry.isAborted || undefined,
    upgrade: optional(entry.upgrade),
    // One level deep: nested objects are what log programs stumble over.
    decisions: entry.decisions?.map(({ by, what }) => `${by}: ${what}`).join('; '),
  })
}

/** Elastic Common Schema 8, with dotted names, which Elasticsearch takes for nested ones. */
function toEcsLine(entry: RequestEntry, agentClass: string): string {
  const status = shownStatus(entry)
  return toSafeJson({
    '@timestamp': new Date(entry.time).toISOString(),
    'log.level': status >= 500 ? 'error' : 'info',
    message: `${entry.method} ${clip(entry.path, MAX_TEXT.path)} ${status}`,
    'ecs.version': '8.11.0',
    'event.kind': 'event',
    'event.category': ['web'],
    'event.type': ['access'],
    'event.outcome': status < 400 ? 'success' : 'failure',
    'event.duration': Math.round(entry.durationMs * 1e6),
    'event.reason': optional(entry.cause),
    'service.name': 'drawbridge',
    'http.request.id': entry.requestId,
    'http.request.method': entry.method,
    'http.request.body.bytes': entry.requestBytes,
    'http.request.referrer': optional(entry.referrer, MAX_TEXT.referrer),
    'http.response.status_code': status,
    'http.response.body.bytes': entry.responseBytes,
    'http.version': entry.httpVersion,
    'url.scheme': entry.scheme,
    'url.domain': optional(entry.host, MAX_TEXT.host),
    'url.path': clip(entry.path, MAX_TEXT.path),
    'url.query': optional(entry.query, MAX_TEXT.query),
    'client.ip': entry.clientAddress,
    'client.geo.country_iso_code': optional(entry.country),
    'client.user.hash': optional(entry.pseudonym),
    'user_agent.original': optional(entry.userAgent, MAX_TEXT.userAgent),
    'user_agent.name': optional(agentClass.slice(agentClass.indexOf('/') + 1)),
  })
}

function endOf({ time, durationMs }: RequestEntry): number {
  return time + durationMs
}

/** Absent from JSON where it is empty. */
function optional(text: string, maxLength = Number.POSITIVE_INFINITY): string | undefined {
  return text === '' ? undefined : clip(text, maxLength)
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000
}
