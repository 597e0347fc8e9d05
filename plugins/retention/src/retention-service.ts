import { setTimeout as delay } from 'node:timers/promises'
import type { LiveRoute, Service, ServiceHost, SqlValue } from '@drawbridge/plugin-kit'
import { account, type RunRequest, type Summary, summarise } from './account.ts'
import { countDue, type Due } from './due.ts'
import { NotRunning, RunUnderWay, StorageAway } from './errors.ts'
import { DEFAULT_OPTIONS } from './options.ts'
import type { ProofRow } from './proof.ts'
import { readProofs, type Verification, verifyProofs } from './proof-chain.ts'
import { optionsOf, type Rules, readRules } from './rules.ts'
import { performRun } from './run.ts'
import { nextStart, type Schedule } from './schedule.ts'
import { readLastRun, readLastStart, settleUnfinished } from './settle.ts'

const LOOK_EVERY_MS = 60_000
const RETRY_AFTER_MS = 300_000

/** How things stand. */
export interface RetentionStatus extends Schedule, Due {
  readonly rules: Rules
  /** Milliseconds since the epoch; in the past where a run is overdue, absent where the schedule never comes. */
  readonly nextStartAt: number | undefined
  readonly isRunning: boolean
  readonly lastRun: Summary | undefined
}

/** Deletes what is due, daily and on demand. Everything rejects with status 503 while the database is away. */
export interface RetentionService extends Service {
  /** Resolves when the run is over; rejects with status 409 while another one is under way. */
  run(request: RunRequest): Promise<Summary>
  /** What a run would delete now. */
  countDue(): Promise<Due>
  status(): Promise<RetentionStatus>
  /** The proofs that an SQL clause selects. */
  proofs(clause: string, params: readonly SqlValue[]): Promise<readonly ProofRow[]>
  verify(): Promise<Verification>
  stop(): Promise<void>
}

/** Makes the service; `pause` waits so many milliseconds between batches. */
export function createRetentionService(host: ServiceHost, pause = (ms: number): Promise<unknown> => delay(ms)) {
  return new Retention(host, pause)
}

class Retention implements RetentionService {
  readonly #host: ServiceHost
  readonly #pause: (ms: number) => Promise<unknown>
  readonly #stopping = new AbortController()
  readonly #stopLooking: () => void
  #running: { readonly over: Promise<Summary>; number?: number } | undefined
  /** When the last run began, in milliseconds; read once, so that nobody wakes the reader every minute. */
  #lastStart: number | undefined
  #notBefore = 0
  #isLooking = false

  constructor(host: ServiceHost, pause: (ms: number) => Promise<unknown>) {
    this.#host = host
    this.#pause = pause
    // Not at once: the configuration is not in force yet, and a start has better things to do.
    this.#stopLooking = host.clock.every(LOOK_EVERY_MS, () => void this.#look())
    host.storage.onReady(() => {
      this.#notBefore = 0
    })
  }

  run(request: RunRequest): Promise<Summary> {
    return this.#start('request', request)
  }

  async countDue(): Promise<Due> {
    this.#assertReady()
    return countDue(this.#host, await this.#readRules(), this.#nowSeconds())
  }

  async status(): Promise<RetentionStatus> {
    this.#assertReady()
    const { storage, installation } = this.#host
    const rules = await this.#readRules()
    const last = await readLastRun(storage)
    const schedule = scheduleOf(installation.routes())
    return {
      ...schedule,
      ...(await countDue(this.#host, rules, this.#nowSeconds())),
      rules,
      nextStartAt: nextStart(schedule, await this.#readLastStart()),
      isRunning: this.#running !== undefined,
      lastRun: last === undefined ? undefined : summarise(last.begin, last.end),
    }
  }

  async proofs(clause: string, params: readonly SqlValue[]): Promise<readonly ProofRow[]> {
    this.#assertReady()
    return readProofs(this.#host.storage, clause, params)
  }

  async verify(): Promise<Verification> {
    this.#assertReady()
    return verifyProofs(this.#host.storage, this.#running?.number)
  }

  async stop(): Promise<void> {
    this.#stopLooking()
    this.#stopping.abort(new NotRunning())
    await this.#running?.over.catch(() => {})
  }

  async #look(): Promise<void> {
    const { clock, storage, installation, log } = this.#host
    const now = clock.wallNow()
    const isPossible = storage.problem === undefined && installation.routes().length > 0
    if (!isPossible || this.#isLooking || this.#running !== undefined || now < this.#notBefore) return
    this.#isLooking = true
    try {
      const start = nextStart(scheduleOf(installation.routes()), await this.#readLastStart())
      if (start === undefined || start > now) return
      await this.#start('schedule', { actor: { kind: 'system', name: 'drawbridge' }, source: 'system' })
    } catch (error) {
      if (this.#stopping.signal.aborted || error instanceof RunUnderWay) return
      this.#notBefore = now + RETRY_AFTER_MS
      log.error(
        { err: error },
        'the retention run stopped; it is tried again in five minutes, or when the database is back',
      )
    } finally {
      this.#isLooking = false
    }
  }

  async #start(cause: 'schedule' | 'request', request: RunRequest): Promise<Summary> {
    this.#assertReady()
    if (this.#running !== undefined) throw new RunUnderWay()
    const running = { over: this.#perform(cause, request) }
    this.#running = running
    try {
      return await running.over
    } catch (error) {
      const { problem } = this.#host.storage
      throw problem === undefined ? error : new StorageAway(problem, { cause: error })
    } finally {
      this.#running = undefined
    }
  }

  async #perform(cause: 'schedule' | 'request', request: RunRequest): Promise<Summary> {
    const host = this.#host
    const startedAt = host.clock.wallNow()
    for (const end of await settleUnfinished(host.storage, this.#nowSeconds())) await account(host, end, request)
    this.#warnOfIgnoredSchedules()
    const onBegin = (run: number) => {
      if (this.#running !== undefined) this.#running.number = run
    }
    const parts = { host, cause, signal: this.#stopping.signal, pause: this.#pause, onBegin }
    const { begin, end } = await performRun(parts)
    this.#lastStart = startedAt
    await account(host, end, request)
    return summarise(begin, end)
  }

  async #readLastStart(): Promise<number> {
    const now = this.#host.clock.wallNow()
    if (this.#lastStart === undefined || this.#lastStart > now)
      this.#lastStart = (await readLastStart(this.#host.storage, Math.floor(now / 1000))) * 1000
    return this.#lastStart
  }

  #readRules(): Promise<Rules> {
    return readRules(this.#host)
  }

  #assertReady(): void {
    const { storage, installation } = this.#host
    // Without routes nobody knows which periods hold: the shortest would be taken for all.
    if (this.#stopping.signal.aborted || installation.routes().length === 0) throw new NotRunning()
    if (storage.problem !== undefined) throw new StorageAway(storage.problem)
  }

  #warnOfIgnoredSchedules(): void {
    const { installation, log } = this.#host
    const general = scheduleOf(installation.routes())
    for (const route of installation.routes()) {
      const own = optionsOf(route)
      if (own === undefined || (own.schedule === general.schedule && own.time_zone === general.time_zone)) continue
      log.warn(
        { host: route.hosts[0] },
        '"schedule" and "time_zone" of a route have no effect: they count in "defaults"',
      )
    }
  }

  #nowSeconds(): number {
    return Math.floor(this.#host.clock.wallNow() / 1000)
  }
}

/** What `defaults:` says. */
function scheduleOf(routes: readonly LiveRoute[]): Schedule {
  const { schedule, time_zone } = optionsOf(routes.find(({ hosts }) => hosts.length === 0)) ?? DEFAULT_OPTIONS
  return { schedule, time_zone }
}
