import type { ServiceHost, StatementWrite } from '@drawbridge/plugin-kit'
import type { ClientEntry } from './client-entry.ts'
import type { Rule } from './rule.ts'

/** Counts are at most this old when the process dies, plus the time it takes to write them. */
const SAVE_EVERY_MS = 5000
/** Each may be two rows. */
const MAX_ENTRIES_AT_ONCE = 250
const MAX_PURGED_AT_ONCE = 500
/** Per turn; the rest waits for the next. Under a spray of addresses what came once only is not stored. */
const MAX_ENTRIES = 4000
/** The newest; what is not among them begins anew. */
const MAX_LOADED = 100_000
const PAGE = 5000
/** Of a window so many slices are told apart at least: a limit of a month must not be thousands of rows for each client. */
const SLICES = 64
/** The most that `ban_after` can be. */
const MAX_REFUSALS = 1000
const DAY_SECONDS = 86_400
const PURGE_EVERY_MS = 60_000
/** In the column `banned_until`: the year 9999. */
const FOR_EVER = 253_402_300_799

const SAVE = `INSERT INTO rate_limits (ip_address, route_id, window_start, rule, request_count, expires_at) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (ip_address, route_id, window_start, rule) DO UPDATE
  SET request_count = request_count + excluded.request_count, expires_at = excluded.expires_at`
const MARK = `INSERT INTO rate_limits (ip_address, route_id, window_start, rule, request_count, banned_until, ban_count)
  SELECT ?, ?, ?, ?, 0, ?, 1 + coalesce(max(ban_count), 0) FROM rate_limits WHERE ip_address = ? AND route_id = ? AND rule = ?
  ON CONFLICT (ip_address, route_id, window_start, rule) DO UPDATE SET banned_until = excluded.banned_until, ban_count = excluded.ban_count`
const FORGET = 'DELETE FROM rate_limits WHERE ip_address = ? AND route_id = ? AND rule = ? AND banned_until IS NULL'
const LOAD = `SELECT rowid AS id, ip_address, route_id, window_start, rule, request_count, expires_at FROM rate_limits
  WHERE expires_at > ? AND (window_start, rowid) < (?, ?) ORDER BY window_start DESC, rowid DESC LIMIT ${PAGE}`
const PURGE = `DELETE FROM rate_limits WHERE rowid IN (SELECT rowid FROM rate_limits
  WHERE expires_at <= ? AND (banned_until IS NULL OR banned_until < ?) LIMIT ${MAX_PURGED_AT_ONCE})`

interface Slice {
  readonly start: number
  readonly count: number
}

/** What is stored of a client under a rule: what it was let through with, or its refusals that count for a ban. */
interface Kind {
  readonly name: string
  readonly spanMs: number
  /** More than so many need not be remembered. */
  readonly most: number
}

interface Unsaved {
  readonly rule: Rule
  readonly entry: ClientEntry
  readonly taken: number
  readonly refused: number
}

/** Stores what was counted every 5 s, and gives it back after a restart: nobody gets a fresh budget by it. */
export class Snapshots {
  readonly #host: ServiceHost
  readonly #rules: ReadonlyMap<string, Rule>
  readonly #stopSaving: () => void
  /** What was counted before this process began, by route, rule and pseudonym. */
  #past = new Map<string, Slice[]>()
  #pastEndsAt = 0
  #isLoaded = false
  #loading: Promise<void> | undefined
  #isSaving = false
  #purgeAt = 0
  #isPurgeDue = true

  constructor(host: ServiceHost, rules: ReadonlyMap<string, Rule>) {
    this.#host = host
    this.#rules = rules
    host.storage.onReady(() => {
      this.#loading = this.#load()
    })
    this.#stopSaving = host.clock.every(SAVE_EVERY_MS, () => void this.save())
  }

  /** Resolves once what is stored is known, or cannot be. */
  async loaded(): Promise<void> {
    await this.#loading
  }

  /** Gives a new entry its history from before the restart. */
  restore(rule: Rule, entry: ClientEntry): void {
    if (this.#past.size === 0) return
    const pseudonyms = this.#pseudonymsOf(rule, entry)
    const taken = this.#takePast(rule, takenOf(rule), pseudonyms)
    if (taken.length > 0) entry.remember(taken)
    const refused = this.#takePast(rule, refusedOf(rule), pseudonyms)
    if (refused.length > 0) entry.rememberViolations(refused)
  }

  /** Times of the past as they can have been at the latest, oldest first; it is given once. */
  #takePast(rule: Rule, { name, spanMs, most }: Kind, pseudonyms: readonly string[]): number[] {
    const { clock } = this.#host
    const now = clock.now()
    const shift = now - clock.wallNow()
    const times: number[] = []
    for (const pseudonym of pseudonyms) {
      const key = keyOf(rule.routeId(), name, pseudonym)
      for (const { start, count } of this.#past.get(key) ?? []) {
        const time = Math.min((start + sliceSeconds(spanMs)) * 1000 + SAVE_EVERY_MS + shift, now)
        for (let i = Math.min(count, most); i > 0; i -= 1) times.push(time)
        if (times.length >= most * pseudonyms.length) break
      }
      this.#past.delete(key)
    }
    return times.sort((a, b) => a - b)
  }

  /** Stores what was taken since the last time. Never rejects. */
  async save(): Promise<void> {
    const { clock, log, storage } = this.#host
    if (this.#isSaving || storage.problem !== undefined || !this.#isLoaded) return
    this.#isSaving = true
    const now = Math.floor(clock.wallNow() / 1000)
    let batch: [Rule, ClientEntry][] = []
    try {
      for (const pair of this.#unsaved()) {
        batch.push(pair)
        if (batch.length < MAX_ENTRIES_AT_ONCE) continue
        await this.#write(batch, now)
        batch = []
      }
      await this.#write(batch, now)
      await this.#purge()
    } catch (error) {
      log.warn({ err: error }, 'what was counted for rate limits could not be stored; it is tried again')
    } finally {
      this.#isSaving = false
    }
  }

  /** Deletes what is stored of a client under a rule: it starts anew by right. Never rejects. */
  async forget(rule: Rule, entry: ClientEntry): Promise<void> {
    const { log, pseudonyms, storage } = this.#host
    if (entry.address === '' || storage.problem !== undefined) return
    const params = [pseudonyms.of(entry.address), rule.routeId(), rule.name]
    await storage
      .durable([{ sql: FORGET, params }])
      .catch((error: Error) => log.warn({ err: error }, 'a count of failed logins could not be deleted'))
  }

  /** Also deletes the refusals that led to it: those to come begin anew. Rejects where it is not stored. */
  async markBanned(rule: Rule, { address }: ClientEntry, until: number): Promise<void> {
    const { clock, pseudonyms, storage } = this.#host
    const pseudonym = pseudonyms.of(address)
    if (pseudonym === '') return
    const start = Math.floor(clock.wallNow() / 1000)
    const end = until === Number.POSITIVE_INFINITY ? FOR_EVER : Math.ceil(until / 1000)
    const routeId = rule.routeId()
    const params = [pseudonym, routeId, start, rule.name, end, pseudonym, routeId, rule.name]
    const refusals = [pseudonym, routeId, refusedOf(rule).name]
    await storage.durable([
      { sql: MARK, params },
      { sql: FORGET, params: refusals },
    ])
  }

  async stop(): Promise<void> {
    this.#stopSaving()
    await this.save()
  }

  *#unsaved(): Generator<[Rule, ClientEntry]> {
    let count = 0
    for (const rule of this.#rules.values()) {
      const isCrowded = rule.size > MAX_ENTRIES
      for (const entry of rule.entries()) {
        const { unsaved, unsavedViolations } = entry
        if (unsaved === 0 && unsavedViolations === 0) continue
        if (isCrowded && unsaved === 1 && unsavedViolations === 0) {
          entry.unsaved = 0
          continue
        }
        count += 1
        if (count > MAX_ENTRIES) return
        yield [rule, entry]
      }
    }
  }

  async #write(batch: readonly [Rule, ClientEntry][], now: number): Promise<void> {
    const saved = batch.map(([rule, entry]): Unsaved => {
      const { unsaved: taken, unsavedViolations: refused } = entry
      entry.unsaved = 0
      entry.unsavedViolations = 0
      return { rule, entry, taken, refused }
    })
    const writes = saved.flatMap((unsaved) => this.#rowsOf(unsaved, now))
    if (writes.length === 0) return
    this.#isPurgeDue = true
    try {
      await this.#host.storage.durable(writes)
    } catch (error) {
      for (const { entry, taken, refused } of saved) {
        entry.unsaved += taken
        entry.unsavedViolations += refused
      }
      throw error
    }
  }

  #rowsOf({ rule, entry, taken, refused }: Unsaved, now: number): StatementWrite[] {
    const pseudonym = entry.address === '' ? '' : this.#host.pseudonyms.of(entry.address)
    // A count that several share, or nobody to tell apart: there would be no one to give it back to.
    if (pseudonym === '' && entry.key !== '') return []
    const row = ({ name, spanMs }: Kind, count: number): StatementWrite[] => {
      if (count === 0) return []
      const slice = sliceSeconds(spanMs)
      const start = Math.floor((now - SAVE_EVERY_MS / 1000) / slice) * slice
      const expiresAt = start + slice + Math.ceil((SAVE_EVERY_MS + spanMs) / 1000)
      return [{ sql: SAVE, params: [pseudonym, rule.routeId(), start, name, count, expiresAt] }]
    }
    return [...row(takenOf(rule), taken), ...row(refusedOf(rule), refused)]
  }

  async #purge(): Promise<void> {
    const { clock, storage } = this.#host
    if (!this.#isPurgeDue || clock.now() < this.#purgeAt) return
    this.#isPurgeDue = false
    this.#purgeAt = clock.now() + PURGE_EVERY_MS
    const now = Math.floor(clock.wallNow() / 1000)
    await storage.durable([{ sql: PURGE, params: [now, now] }])
  }

  async #load(): Promise<void> {
    if (this.#isLoaded) return
    const { clock, log, storage } = this.#host
    const now = Math.floor(clock.wallNow() / 1000)
    let endsAt = now
    try {
      let last = [Number.MAX_SAFE_INTEGER, 0]
      for (let rows = 0; rows < MAX_LOADED; rows += PAGE) {
        const page = await storage.all(LOAD, [now, ...last])
        for (const row of page) {
          const key = keyOf(Number(row.route_id), String(row.rule), String(row.ip_address))
          const slices = this.#past.get(key) ?? []
          slices.push({ start: Number(row.window_start), count: Number(row.request_count) })
          this.#past.set(key, slices)
          endsAt = Math.max(endsAt, Number(row.expires_at))
        }
        last = [Number(page.at(-1)?.window_start ?? 0), Number(page.at(-1)?.id ?? 0)]
        if (page.length < PAGE) break
      }
      this.#isLoaded = true
      this.#pastEndsAt = clock.now() + (endsAt - now) * 1000
      for (const rule of this.#rules.values()) for (const entry of rule.entries()) this.restore(rule, entry)
    } catch (error) {
      log.warn({ err: error }, 'what rate limits counted before the restart could not be read')
    }
  }

  /** Forgets the past once none of it counts any more. */
  sweep(now: number): void {
    if (this.#past.size > 0 && now >= this.#pastEndsAt) this.#past = new Map()
  }

  /** A pseudonym is good for a day (UTC): shortly after midnight the past has yesterday's. */
  #pseudonymsOf({ shape, violationsMs }: Rule, { key, address }: ClientEntry): readonly string[] {
    if (key === '') return ['']
    if (address === '') return []
    const { clock, pseudonyms } = this.#host
    const secondOfDay = (clock.wallNow() / 1000) % DAY_SECONDS
    const seconds = Math.max(shape.longMs, violationsMs) / 1000
    return secondOfDay < seconds ? pseudonyms.allOf(address) : [pseudonyms.of(address)]
  }
}

function takenOf({ name, shape }: Rule): Kind {
  return { name, spanMs: shape.longMs, most: shape.longMost }
}

function refusedOf({ name, violationsMs }: Rule): Kind {
  return { name: `${name} refusals`, spanMs: violationsMs, most: MAX_REFUSALS }
}

/** Whole seconds. */
function sliceSeconds(spanMs: number): number {
  return Math.max(1, Math.floor(spanMs / 1000 / SLICES))
}

function keyOf(routeId: number, rule: string, pseudonym: string): string {
  return `${routeId} ${pseudonym} ${rule}`
}
