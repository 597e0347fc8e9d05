import { formatDuration, type Problem } from '@drawbridge/plugin-kit'
import type { TimeoutsOptions } from './options.ts'

const LONG_IDLE_MS = 3_600_000

/** Warns of bounds that cannot be reached, and of connections that nothing in between will keep. */
export function checkTimeouts(options: TimeoutsOptions): readonly Problem[] {
  return [...findUnreachable(options), ...findLongIdle(options)]
}

function findUnreachable({ total, ...options }: TimeoutsOptions): Problem[] {
  if (total === undefined) return []
  return (['response_header', 'read', 'write', 'client_body', 'client_read'] as const).flatMap((key) => {
    const value = options[key]
    if (value === undefined || value <= total) return []
    const message = `"${key}" (${formatDuration(value)}) cannot be reached: "total" is ${formatDuration(total)}`
    return [{ severity: 'warning' as const, code: 'no-effect', path: [key], message }]
  })
}

function findLongIdle({ idle }: TimeoutsOptions): Problem[] {
  if (idle === undefined || idle <= LONG_IDLE_MS) return []
  const message = `"idle" is ${formatDuration(idle)}: home routers and firewalls forget idle connections after minutes to hours`
  return [{ severity: 'warning', code: 'long-idle', path: ['idle'], message, hint: '120s is usual' }]
}
