import type { ServiceHost } from '@drawbridge/plugin-kit'
import { type Breach, dueAt, markWarned, runningBreaches } from './breaches.ts'

const TICK_MS = 60_000
const HOUR = 3_600

/** Seconds before the deadline at which it is announced; the last is the deadline itself. */
const STAGES = [24 * HOUR, 6 * HOUR, 0] as const

/** Watches the deadlines of open breach files. */
export interface BreachClock {
  /** Looks at the files now. */
  check(): Promise<void>
  /** Resolves when no look is under way any more. */
  stop(): Promise<void>
}

/** Starts the clock: each minute, while files are open, it announces deadlines that came near or passed. Every stage is announced once. */
export function startBreachClock(host: ServiceHost): BreachClock {
  // A database that does not answer must not pile up checks.
  let running: Promise<void> | undefined
  const check = () => {
    running ??= checkAll(host).finally(() => {
      running = undefined
    })
    return running
  }
  const stopTicking = host.clock.every(TICK_MS, () => void check())
  return {
    check,
    async stop() {
      stopTicking()
      await running
    },
  }
}

async function checkAll(host: ServiceHost): Promise<void> {
  if (host.storage.problem !== undefined) return
  try {
    for (const breach of await runningBreaches(host.storage)) await announce(host, breach)
  } catch (error) {
    host.log.error({ err: error }, 'the deadlines of breach files could not be checked')
  }
}

async function announce({ clock, events, log, storage }: ServiceHost, breach: Breach): Promise<void> {
  const due = dueAt(breach)
  const left = due - clock.wallNow() / 1000
  const stage = STAGES.filter((seconds) => left <= seconds).length
  if (stage <= breach.warnedStage) return
  await markWarned(storage, breach.id, stage)
  const facts = { breach_id: breach.id, due_at: due }
  if (stage === STAGES.length) {
    events.emit('breach_overdue', facts)
    log.error(facts, 'the authority must have been notified of a breach by now (GDPR Art. 33)')
    return
  }
  const hoursLeft = Math.floor(left / HOUR)
  events.emit('breach_deadline_near', { ...facts, hours_left: hoursLeft })
  log.warn({ ...facts, hours_left: hoursLeft }, 'the authority must be notified of a breach soon (GDPR Art. 33)')
}
