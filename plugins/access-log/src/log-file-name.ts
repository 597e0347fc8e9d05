import { FORMATS, type Format } from './options.ts'

/** What a log file holds. */
export interface LogFileName {
  /** The route's first host name; empty for unknown hosts. */
  readonly host: string
  readonly format: Format
  /** UTC day: `2026-11-22`. */
  readonly day: string
}

const UNKNOWN_HOSTS = '_unknown'
const NAME = new RegExp(`^(.+?)\\.(${FORMATS.join('|')})\\.(\\d{4}-\\d\\d-\\d\\d)\\.log$`)

/** `panel.example.org.combined.2026-11-22.log`. Names come from the configuration; still, nothing in them can leave the folder. */
export function toFileName({ host, format, day }: LogFileName): string {
  return `${encodeHost(host)}.${format}.${day}.log`
}

/** The name that always leads to today's file: `panel.example.org.combined.log`. */
export function toLinkName({ host, format }: Omit<LogFileName, 'day'>): string {
  return `${encodeHost(host)}.${format}.log`
}

/** What the file of this name holds; undefined where it is none of ours. */
export function parseFileName(name: string): LogFileName | undefined {
  const [, encoded, format, day] = NAME.exec(name) ?? []
  if (encoded === undefined || day === undefined) return undefined
  const host = decodeHost(encoded)
  return host === undefined ? undefined : { host, format: format as Format, day }
}

function encodeHost(host: string): string {
  if (host === '') return UNKNOWN_HOSTS
  // A wildcard becomes %2A; a leading dot or underscore is encoded too, so that no name is hidden or that of unknown hosts.
  return host.replace(/[^a-z0-9._-]|^[._]/gu, (character) => encodeByte(character))
}

function encodeByte(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}

function decodeHost(encoded: string): string | undefined {
  if (encoded === UNKNOWN_HOSTS) return ''
  try {
    return decodeURIComponent(encoded)
  } catch {
    return undefined
  }
}
