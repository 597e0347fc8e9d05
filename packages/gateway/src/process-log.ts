import { type Redactor, redactFacts } from '@drawbridge/plugin-kit'
import pino, { type Logger } from 'pino'
import { CommandError, EXIT } from './exit-code.ts'

const LEVELS = [...Object.keys(pino.levels.values), 'silent']

/** The gateway's own log, which can be emptied before the end. */
export type ProcessLog = Logger & { flushAll(): void }

/**
 * The gateway's own log: one JSON object a line on standard output, written behind the event loop's back, everything in it through the
 * redactor. Throws a CommandError for a level that there is not.
 */
export function createProcessLog(redactor: Redactor, level = process.env.DRAWBRIDGE_LOG_LEVEL ?? 'info'): ProcessLog {
  if (!LEVELS.includes(level))
    throw new CommandError(`DRAWBRIDGE_LOG_LEVEL "${level}" is none of ${LEVELS.join(', ')}`, EXIT.usage)
  const destination = pino.destination({ dest: 1, sync: false })
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
