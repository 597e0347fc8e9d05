import type { ServiceHost, StatementWrite } from '@drawbridge/plugin-kit'
import type { ClientEntry } from './client-entry.ts'
import type { Rule } from './rule.ts'

/** Counts are at most this old when the process dies, plus the time it takes to write them. */
const SAVE_EVERY_MS = 5000
const MAX_ROWS_AT_ONCE = 500
/** Per turn; the rest waits for the next. Under a spray of addresses what came once only is not stored. */
const MAX_ROWS = 4000
const MAX_LOADED = 100_000
const PAGE = 5000
const DAY_SECONDS = 86_400
const PURGE_EVERY_MS = 60_000
/** In the column `banned_until`: the year 9999. */
const FOR_EVER = 253_402_300_799

const SAVE = `INSERT INTO rate_limits (ip_address, route_id, window_start, rule, request_count) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (ip_address, route_id, window_start, rule) DO UPDATE SET request_count = request_count + excluded.request_count`
const MARK = `INSERT INTO rate_limits (ip_address, route_id, window_start, rule, request_count, banned_until, ban_count)
  SELECT ?, ?, ?, ?, 0, ?, 1 + coalesce(max(ban_count), 0) FROM rate_limits WHERE ip_address = ? AND route_id = ? AND rule = ?
  ON CONFLICT (ip_address, route_id, window_start, rule) DO UPDATE SET banned_until = excluded.banned_until, ban_count = excluded.ban_count`
const LOAD = `SELECT rowid AS id, ip_address, route_id, window_start, rule, request_count FROM rate_limits
  WHERE window_start >= ? AND rowid > ? ORDER BY rowid LIMIT ${PAGE}`
const PURGE = `DELETE FROM rate_limits WHERE rowid IN (SELECT rowid FROM rate_limits
  WHERE window_start < ? AND (banned_until IS NULL OR banned_until < ?) LIMIT ${MAX_ROWS_AT_ONCE})`

interface Slice {
  readonly start: number
  readonly count: number
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
    const { clock } = this.#host
    for (const pseudonym of this.#pseudonymsOf(entry)) {
      const key = keyOf(rule.routeId(), rule.name, pseudonym)
      const slices = this.#past.get(key)
      if (slices === undefined) continue
      this.#past.delete(key)
      const shift = clock.now() - clock.wallNow()
      const newest = clock.now()
      const mostTimes = rule.shape.longMost
      entry.remember(
        slices.flatMap(({ start, count }) =>
          timesOf(Math.min(start * 1000 + SAVE_EVERY_MS + shift, newest), Math.min(count, mostTimes)),
        ),
      )
    }
  }

  /** Stores what was taken since the last time. Never rejects. */
  async save(): Promise<void> {
    const { clock, log, storage } = this.#host
    if (this.#isSaving || storage.problem !== undefined || !this.#isLoaded) return
    this.#isSaving = true
    const start = Math.floor(clock.wallNow() / 1000) - SAVE_EVERY_MS / 1000
    let batch: [Rule, ClientEntry][] = []
    try {
      for (const pair of this.#unsaved()) {
        batch.push(pair)
        if (batch.length < MAX_ROWS_AT_ONCE) continue
        await this.#write(batch, start)
        batch = []
      }
      await this.#write(batch, start)
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
    const sql = 'DELETE FROM rate_limits WHERE ip_address = ? AND route_id = ? AND rule = ? AND banned_until IS NULL'
    await storage
      .durable([{ sql, params: [pseudonyms.of(entry.address), rule.routeId(), rule.name] }])
      .catch((error: Error) => log.warn({ err: error }, 'a count of failed logins could not be deleted'))
  }

  /** Rejects where it is not stored. */
  async markBanned(rule: Rule, { address }: ClientEntry, until: number): Promise<void> {
    const { clock, pseudonyms, storage } = this.#host
    const pseudonym = pseudonyms.of(address)
    if (pseudonym === '') return
    const start = Math.floor(clock.wallNow() / 1000)
    const end = until === Number.POSITIVE_INFINITY ? FOR_EVER : Math.ceil(until / 1000)
    const routeId = rule.routeId()
    const params = [pseudonym, routeId, start, rule.name, end, pseudonym, routeId, rule.name]
    await storage.durable([{ sql: MARK, params }])
  }

  async stop(): Promise<void> {
    this.#stopSaving()
    await this.save()
  }

  *#unsaved(): Generator<[Rule, ClientEntry]> {
    let rows = 0
    for (const rule of this.#rules.values()) {
      const isCrowded = rule.size > MAX_ROWS
      for (const entry of rule.entries()) {
        if (entry.unsaved === 0) continue
        if (isCrowded && entry.unsaved === 1) {
          entry.unsaved = 0
          continue
        }
        rows += 1
        if (rows > MAX_ROWS) return
        yield [rule, entry]
      }
    }
  }

  async #write(batch: readonly [Rule, ClientEntry][], start: number): Promise<void> {
    const { pseudonyms, storage } = this.#host
    const counts = batch.map(([, entry]) => entry.unsaved)
    const writes = batch.flatMap(([rule, entry], index): StatementWrite[] => {
      entry.unsaved = 0
      const pseudonym = entry.address === '' ? '' : pseudonyms.of(entry.address)
      // A count that several share, or nobody to tell apart: there would be no one to give it back to.
      if (pseudonym === '' && entry.key !== '') return []
      return [{ sql: SAVE, params: [pseudonym, rule.routeId(), start, rule.name, counts[index] ?? 0] }]
    })
    if (writes.length === 0) return
    this.#isPurgeDue = true
    try {
      await storage.durable(writes)
    } catch (error) {
      for (const [index, [, entry]] of batch.entries()) entry.unsaved += counts[index] ?? 0
      throw error
    }
  }

  async #purge(): Promise<void> {
    const { clock, storage } = this.#host
    if (!this.#isPurgeDue || clock.now() < this.#purgeAt) return
    this.#isPurgeDue = false
    this.#purgeAt = clock.now() + PURGE_EVERY_MS
    const now = Math.floor(clock.wallNow() / 1000)
    await storage.durable([{ sql: PURGE, params: [now - this.#longestSeconds(), now] }])
  }

  async #load(): Promise<void> {
    if (this.#isLoaded) return
    const { clock, log, storage } = this.#host
    const since = Math.floor(clock.wallNow() / 1000) - this.#longestSeconds()
    try {
      let last = 0
      for (let rows = 0; rows < MAX_LOADED; rows += PAGE) {
        const page = await storage.all(LOAD, [since, last])
        for (const row of page) {
          const key = keyOf(Number(row.route_id), String(row.rule), String(row.ip_address))
          const slices = this.#past.get(key) ?? []
          slices.push({ start: Number(row.window_start), count: Number(row.request_count) })
          this.#past.set(key, slices)
        }
        last = Number(page.at(-1)?.id ?? 0)
        if (page.length < PAGE) break
      }
      this.#isLoaded = true
      this.#pastEndsAt = clock.now() + this.#longestSeconds() * 1000
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
  #pseudonymsOf({ key, address }: ClientEntry): readonly string[] {
    if (key === '') return ['']
    if (address === '') return []
    const { clock, pseudonyms } = this.#host
    const secondOfDay = (clock.wallNow() / 1000) % DAY_SECONDS
    return secondOfDay < this.#longestSeconds() ? pseudonyms.allOf(address) : [pseudonyms.of(address)]
  }

  #longestSeconds(): number {
    let longest = 60_000
    for (const { shape, violationsMs } of this.#rules.values()) longest = Math.max(longest, shape.longMs, violationsMs)
    return Math.ceil(longest / 1000)
  }
}

function keyOf(routeId: number, rule: string, pseudonym: string): string {
  return `${routeId} ${pseudonym} ${rule}`
}

function timesOf(time: number, count: number): number[] {
  return Array.from({ length: count }, () => time)
}
