import {
  createDnsNames,
  type DnsNames,
  type Host,
  type ResolveName,
  type Service,
  type ServiceHost,
} from '@drawbridge/plugin-kit'
import type { ClientEntry } from './client-entry.ts'
import { type EntryBudget, Rule } from './rule.ts'
import type { LimitShape } from './sliding-window.ts'
import { Snapshots } from './snapshots.ts'
import { ViolationRecorder } from './violation-recorder.ts'

/** Over all rules; about 50 MiB where each sends a handful. */
const MAX_ENTRIES = 100_000
const SWEEP_EVERY_MS = 1000
/** Entries of each rule that are looked at in one turn: about 5 ms where all of them go. */
const SWEPT_AT_ONCE = 5_000

/** What the routes share and what outlives reloads: the counts. */
export class RateLimitService implements Service {
  readonly names: DnsNames
  readonly violations: ViolationRecorder
  readonly #host: ServiceHost
  readonly #rules = new Map<string, Rule>()
  readonly #budget: EntryBudget = { used: 0, most: MAX_ENTRIES }
  readonly #snapshots: Snapshots
  readonly #stopSweeping: () => void
  readonly #onNewEntry = (rule: Rule, entry: ClientEntry) => this.#snapshots.restore(rule, entry)

  constructor(host: ServiceHost, resolve?: ResolveName) {
    const { clock, log } = host
    this.#host = host
    this.names = createDnsNames({ clock, log, ...(resolve === undefined ? {} : { resolve }) })
    this.violations = new ViolationRecorder(host)
    this.#snapshots = new Snapshots(host, this.#rules)
    this.#stopSweeping = clock.every(SWEEP_EVERY_MS, () => this.#sweep())
  }

  /** Clients that are remembered, over all rules. */
  get size(): number {
    return this.#budget.used
  }

  /** The rule of a route by its name: as it was left, in the shape it has now. To be released once. */
  acquire(
    route: Pick<Host, 'routeHost' | 'routeId'>,
    rule: { name: string; shape: LimitShape; violationsMs: number },
  ): Rule {
    const { name, shape, violationsMs } = rule
    const { routeHost } = route
    const routeId = () => route.routeId
    const id = `${routeHost} ${name}`
    const keeper = { budget: this.#budget, onNewEntry: this.#onNewEntry }
    const kept = this.#rules.get(id) ?? new Rule({ routeHost, name, shape, routeId }, keeper)
    this.#rules.set(id, kept)
    kept.shape = shape
    kept.violationsMs = violationsMs
    kept.routeId = routeId
    kept.holders += 1
    return kept
  }

  release(rule: Rule): void {
    rule.holders -= 1
  }

  /** Forgets what is remembered of a client under a rule, also what is stored. */
  forget(rule: Rule, entry: ClientEntry): void {
    rule.delete(entry)
    if (!entry.isUntouched) void this.#snapshots.forget(rule, entry)
  }

  /** Enters in `rate_limits` that a client was banned, until when in milliseconds since the epoch. Rejects where that is not stored. */
  markBanned(rule: Rule, entry: ClientEntry, until: number): Promise<void> {
    return this.#snapshots.markBanned(rule, entry, until)
  }

  /** Resolves once the counts from before a restart are known, or cannot be. */
  loaded(): Promise<void> {
    return this.#snapshots.loaded()
  }

  /** Stores the counts now. */
  save(): Promise<void> {
    return this.#snapshots.save()
  }

  async stop(): Promise<void> {
    this.#stopSweeping()
    this.names.stop()
    this.violations.stop()
    await this.#snapshots.stop()
  }

  #sweep(): void {
    const now = this.#host.clock.now()
    for (const [id, rule] of this.#rules) {
      rule.sweep(now, SWEPT_AT_ONCE)
      if (rule.holders === 0 && rule.size === 0) this.#rules.delete(id)
    }
    this.#snapshots.sweep(now)
  }
}
