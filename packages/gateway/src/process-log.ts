import pino, { type Logger } from 'pino'
import { CommandError, EXIT } from './exit-code.ts'

const LEVELS = [...Object.keys(pino.levels.values), 'silent']

/** The gateway's own log: one JSON object a line on standard output, written behind the event loop's back. `flushAll` before the end. Throws a CommandError for a level that there is not. */
export function createProcessLog(level = process.env.DRAWBRIDGE_LOG_LEVEL ?? 'info'): Logger & { flushAll(): void } {
  if (!LEVELS.includes(level))
    throw new CommandError(`DRAWBRIDGE_LOG_LEVEL "${level}" is none of ${LEVELS.join(', ')}`, EXIT.usage)
  const destination = pino.destination({ dest: 1, sync: false })
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  )
  return Object.assign(log, { flushAll: () => destination.flushSync() })
}
