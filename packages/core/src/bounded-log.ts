import type { Clock, Log } from '@drawbridge/plugin-kit'

const MINUTE_MS = 60_000
/** Lines a minute of one kind: enough to see what goes on. */
const MAX_LINES = 30
/** Kinds that are told apart in a minute; all further ones are of one. */
const MAX_KINDS = 500

type Level = 'info' | 'warn' | 'error'

interface Kind {
  readonly level: Level
  readonly facts: { readonly host?: unknown; readonly code?: unknown }
  readonly message: string
  lines: number
}

/** A log that can be ended. */
export interface BoundedLog extends Log {
  /** Writes what was only counted so far, and counts no more. */
  stop(): void
}

/**
 * The log for what happens because of requests: 30 lines a minute of one kind (host and `code`, or message), then one that says how many
 * there were beyond. Who sends requests must not decide how much is written; the request log has each of them.
 */
export function createBoundedLog(log: Log, clock: Clock): BoundedLog {
  let kinds = new Map<string, Kind>()
  const write = (level: Level) => (facts: Kind['facts'], message: string) => {
    const kind = kindOf(kinds, { level, facts, message })
    kind.lines += 1
    if (kind.lines <= MAX_LINES) log[level](facts, message)
  }
  const conclude = () => {
    const ended = kinds
    kinds = new Map()
    for (const kind of ended.values()) sayHowMany(kind, log)
  }
  const stopCounting = clock.every(MINUTE_MS, conclude)
  return {
    debug: (facts, message) => log.debug(facts, message),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    stop() {
      stopCounting()
      conclude()
    },
  }
}

function kindOf(kinds: Map<string, Kind>, { level, facts, message }: Omit<Kind, 'lines'>): Kind {
  const { host, code } = facts
  const key = `${level} ${String(host ?? '')} ${String(code ?? message)}`
  const isFull = kinds.size >= MAX_KINDS
  const known = kinds.get(key) ?? (isFull ? kinds.get('') : undefined)
  if (known !== undefined) return known
  const told = isFull ? { facts: {}, message: 'various' } : { facts: { host, code }, message }
  const kind: Kind = { level, ...told, lines: 0 }
  kinds.set(isFull ? '' : key, kind)
  return kind
}

function sayHowMany({ level, facts, message, lines }: Kind, log: Log): void {
  const more = lines - MAX_LINES
  if (more > 0) log[level]({ ...facts, more }, `${more} more in this minute: ${message}`)
}
