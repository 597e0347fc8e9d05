import { parseLogTime } from './log-time.ts'
import type { Format } from './options.ts'

/** What a line tells about whose it is and how old. */
export interface LineFacts {
  /** Seconds since 1970 at which the request ended. */
  readonly time: number
  /** As programs see it: masked, but an address. */
  readonly address: string
  readonly pseudonym: string
  /** Empty in formats without one. */
  readonly requestId: string
}

const COMBINED = /^(\S+) - (\S+) \[([^\]]+)\] "/

/** Reads a line that this plugin wrote; undefined for one that is torn or was written by somebody else. */
export function parseLine(format: Format, line: string): LineFacts | undefined {
  if (format === 'combined') return parseCombined(line)
  if (format === 'vcombined') return parseCombined(line.slice(line.indexOf(' ') + 1))
  try {
    const fields = JSON.parse(line) as Readonly<Record<string, unknown>>
    return format === 'json' ? ofJson(fields) : ofEcs(fields)
  } catch {
    return undefined
  }
}

function parseCombined(line: string): LineFacts | undefined {
  const [, address = '', pseudonym = '', time = ''] = COMBINED.exec(line) ?? []
  const seconds = parseLogTime(time)
  if (Number.isNaN(seconds)) return undefined
  return { time: seconds, address, pseudonym: pseudonym === '-' ? '' : pseudonym, requestId: '' }
}

function ofJson(fields: Readonly<Record<string, unknown>>): LineFacts | undefined {
  return withTime(Date.parse(String(fields.time)) + Number(fields.duration_ms), {
    address: text(fields.client_address),
    pseudonym: text(fields.pseudonym),
    requestId: text(fields.request_id),
  })
}

function ofEcs(fields: Readonly<Record<string, unknown>>): LineFacts | undefined {
  return withTime(Date.parse(String(fields['@timestamp'])) + Number(fields['event.duration']) / 1e6, {
    address: text(fields['client.ip']),
    pseudonym: text(fields['client.user.hash']),
    requestId: text(fields['http.request.id']),
  })
}

function withTime(milliseconds: number, facts: Omit<LineFacts, 'time'>): LineFacts | undefined {
  return Number.isFinite(milliseconds) ? { time: Math.floor(milliseconds / 1000), ...facts } : undefined
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
