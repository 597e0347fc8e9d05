import pino, { type Logger } from 'pino'

/** The gateway's own log: one JSON object a line on standard output, written behind the event loop's back. `flush` before the end. */
export function createProcessLog(level = process.env.DRAWBRIDGE_LOG_LEVEL ?? 'info'): Logger & { flushAll(): void } {
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
