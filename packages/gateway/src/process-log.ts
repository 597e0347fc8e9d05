import { type Redactor, redactFacts } from '@drawbridge/plugin-kit'
import pino, { type Logger } from 'pino'
import { CommandError, EXIT } from './exit-code.ts'

const LEVELS = [...Object.keys(pino.levels.values), 'silent']

/** The gateway's own log, which can be emptied before the end. */
export type ProcessLog = Logger & { flushAll(): void }

/** Where the log goes, and how much of it. */
export interface ProcessLogOptions {
  /** Default: `$DRAWBRIDGE_LOG_LEVEL`, or `info`. */
  readonly level?: string
  /** File descriptor; standard output by default. */
  readonly fd?: number
}

/**
 * The gateway's own log: one JSON object a line, written behind the event loop's back, everything in it through the redactor. Throws a
 * CommandError for a level that there is not.
 */
export function createProcessLog(redactor: Redactor, options: ProcessLogOptions = {}): ProcessLog {
  const { level = process.env.DRAWBRIDGE_LOG_LEVEL ?? 'info', fd = 1 } = options
  if (!LEVELS.includes(level))
    throw new CommandError(`DRAWBRIDGE_LOG_LEVEL "${level}" is none of ${LEVELS.join(', ')}`, EXIT.usage)
  const destination = pino.destination({ dest: fd, sync: false })
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: (facts) => redactFacts(facts, redactor) },
      hooks: {
        logMethod([facts, message, ...rest], method) {
          const text: unknown = message
          method.apply(this, [facts, typeof text === 'string' ? redactor.text(text) : text, ...rest] as never)
        },
      },
    },
    destination,
  )
  return Object.assign(log, { flushAll: () => destination.flushSync() })
}
