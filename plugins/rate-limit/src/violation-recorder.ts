import { type Host, MinuteCounter, type RequestRecord, type ServiceHost, type SqlValue } from '@drawbridge/plugin-kit'
import type { ClientEntry } from './client-entry.ts'
import type { Rule } from './rule.ts'

/** What became of a request that was too many, or of a login that failed too often. */
export type Action = 'throttled' | 'banned' | 'would-throttle' | 'would-ban'

/** A request that broke a rule. */
export interface Violation {
  readonly record: RequestRecord
  readonly host: Host
  readonly rule: Rule
  readonly entry: ClientEntry
  readonly action: Action
}

/** A client that goes on and on becomes a row in this time, which counts the rest. */
const ROW_EVERY_MS = 10_000
const MINUTE_MS = 60_000
/** Rows a minute, of all clients together: who has many addresses must not fill the disk. */
const MAX_ROWS = 2000
/** Clients whose last refusals wait for their row. */
const MAX_WAITING = 2000
const MAX_PATH = 1000
const COLUMNS = [
  'timestamp',
  'time_ms',
  'request_id',
  'ip_address',
  'pseudonym',
  'route_id',
  'host',
  'path',
  'rule',
  'request_count',
  'refused',
  'action',
] as const
const REFUSED = COLUMNS.indexOf('refused')

/** Writes refusals to `rate_limit_violations` and announces them: an attacker does not decide how much is written. */
export class ViolationRecorder {
  readonly #host: ServiceHost
  readonly #table
  /** Rows of clients that had one just now: who stops before the next is due is counted too. */
  readonly #waiting = new Map<ClientEntry, SqlValue[]>()
  readonly #stopWriting: () => void
  readonly #rows = new MinuteCounter()

  constructor(host: ServiceHost) {
    this.#host = host
    this.#table = host.storage.insertInto('rate_limit_violations', COLUMNS)
    this.#stopWriting = host.clock.every(ROW_EVERY_MS, () => this.#writeWaiting())
  }

  record(violation: Violation): void {
    const { entry, rule, action, host } = violation
    const now = this.#host.clock.now()
    const isRefusal = action === 'throttled' || action === 'would-throttle'
    // What led to a ban has been counted already.
    if (isRefusal) entry.unwritten += 1
    if (isRefusal && now - entry.writtenAt < ROW_EVERY_MS) {
      if (!this.#waiting.has(entry) && this.#waiting.size < MAX_WAITING)
        this.#waiting.set(entry, this.#rowOf(violation))
      return
    }
    const isNew = now - entry.writtenAt >= MINUTE_MS
    this.#waiting.delete(entry)
    this.#write(entry, () => this.#rowOf(violation))
    if (action === 'throttled' && isNew)
      host.events.emit('rate_limit_exceeded', {
        route: host.routeHost,
        rule: rule.name,
        country: violation.record.country,
      })
  }

  stop(): void {
    this.#stopWriting()
    this.#writeWaiting()
  }

  #writeWaiting(): void {
    for (const [entry, row] of this.#waiting) this.#write(entry, () => row)
    this.#waiting.clear()
  }

  #write(entry: ClientEntry, rowOf: () => SqlValue[]): void {
    const now = this.#host.clock.now()
    if (this.#rows.next(now) <= MAX_ROWS) {
      const row = rowOf()
      row[REFUSED] = entry.unwritten
      this.#host.storage.enqueue(this.#table, row)
    }
    entry.writtenAt = now
    entry.unwritten = 0
  }

  #rowOf({ record, host, rule, entry, action }: Violation): SqlValue[] {
    const { redactor } = host
    const { clock } = this.#host
    const now = clock.wallNow()
    return [
      Math.floor(now / 1000),
      now,
      record.requestId,
      redactor.parsableAddress(record.clientAddress),
      redactor.pseudonym(record.clientAddress),
      host.routeId,
      record.routeHost === '' ? redactor.text(record.host) : record.host,
      redactor.path(record.path).slice(0, MAX_PATH),
      rule.name,
      entry.window(rule.shape).count(clock.now()),
      entry.unwritten,
      action,
    ]
  }
}
