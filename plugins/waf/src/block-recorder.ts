import {
  addressKey,
  clientKey,
  type Host,
  MinuteCounter,
  type RequestRecord,
  type ServiceHost,
  type SqlValue,
} from '@drawbridge/plugin-kit'
import { BLOCK_COLUMNS, toBlockRow, withCount } from './block-row.ts'
import { type Bound, type Finding, toFinding } from './finding.ts'
import type { Mode } from './route-policy.ts'
import { type Streak, Streaks } from './streaks.ts'
import type { Verdict } from './verdict.ts'

/** Something found in a request. */
export interface Incident {
  readonly record: RequestRecord
  readonly what: Verdict | Bound
  readonly mode: Mode
  readonly host: Host
}

const LOOK_EVERY_MS = 10_000
/** Rows a minute, of all clients together: who has many addresses must not fill the disk. */
const MAX_ROWS = 2000

/**
 * Writes what was found to `waf_blocks`. What one client sets off with one rule becomes a row for each of up to ten places within a minute,
 * and at its end one row that counts the rest: an attacker does not decide how much is written.
 */
export class BlockRecorder {
  readonly #host: ServiceHost
  readonly #table
  readonly #streaks = new Streaks((streak) => this.#writeRepeats(streak))
  readonly #stopLooking: () => void
  readonly #rows = new MinuteCounter()

  constructor(host: ServiceHost) {
    this.#host = host
    this.#table = host.storage.insertInto('waf_blocks', BLOCK_COLUMNS)
    this.#stopLooking = host.clock.every(LOOK_EVERY_MS, () => this.#streaks.end(host.clock.wallNow()))
  }

  /** Notes it on the request's record, writes a row where none stands for it yet, and announces what was refused. Answers what it made of it. */
  record({ record, what, mode, host }: Incident): Finding {
    const finding = toFinding(what)
    const { rule, rules, part = '', score } = finding
    record.note({
      by: 'waf',
      what: mode === 'block' ? 'refused' : 'would-refuse',
      facts: { rule, rules: rules.join(' '), part, score },
    })
    const now = host.clock.wallNow()
    const key = `${mode} ${host.routeHost} ${clientKey(addressKey(record.clientAddress))} ${rule}`
    const streak = this.#streaks.enter(key, placeOf(record, finding), now)
    if (streak === undefined) return finding
    const row = toBlockRow({ record, finding, mode, redactor: host.redactor, routeId: host.routeId, now })
    streak.row ??= row
    this.#write(row, now)
    if (mode === 'block') host.events.emit('waf_blocked', { route: host.routeHost, rule, part })
    return finding
  }

  /** Writes what was only counted so far. */
  stop(): void {
    this.#stopLooking()
    this.#streaks.end()
  }

  #writeRepeats({ row, repeats, lastAt }: Streak): void {
    if (row !== undefined && repeats > 0) this.#write(withCount(row, repeats, lastAt), lastAt)
  }

  #write(row: readonly SqlValue[], now: number): void {
    const rows = this.#rows.next(now)
    if (rows <= MAX_ROWS) this.#host.storage.enqueue(this.#table, row)
    else if (rows === MAX_ROWS + 1)
      this.#host.log.warn(
        { rows: MAX_ROWS },
        'the WAF finds more than is written: rows are left out until the next minute',
      )
  }
}

function placeOf({ policyPath }: RequestRecord, { part, parameter }: Finding): string {
  return `${part} ${parameter} ${policyPath.slice(0, 200)}`
}
