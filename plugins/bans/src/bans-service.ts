import {
  type BanList,
  type BanRequest,
  createDnsNames,
  type DnsNames,
  type InFlightRequest,
  type ResolveName,
  type Service,
  type ServiceHost,
} from '@drawbridge/plugin-kit'
import { accountBans, type Deed } from './account-bans.ts'
import { type Ban, BanIndex } from './ban-index.ts'
import { BanStore } from './ban-store.ts'
import { AddressBanned, BansNotAccounted, BansNotStored } from './errors.ts'
import { maskNetwork, toNetwork } from './network.ts'

const LOOK_EVERY_MS = 10_000
/** So long a ban that is over makes the next one longer. */
const REMEMBERED_MS = 30 * 86_400_000
const MAX_REQUEST_IDS = 10
/** Bans that nobody asked for by hand, those that are over among them: who has many addresses must not fill memory and disk. */
const MAX_AUTOMATIC = 50_000

/** A route whose requests can be cut. */
export interface WatchedRoute {
  readonly routeHost: string
  readonly inFlight: Iterable<InFlightRequest>
  /** Whether the address is never kept out. */
  readonly isExempt: (address: string) => boolean
}

const SYSTEM: Deed = { actor: { kind: 'system', name: 'gateway' }, source: 'system' }

/** The ban list: in memory for requests, on the disk for what comes after. */
export class BansService implements Service, BanList {
  readonly index = new BanIndex()
  readonly names: DnsNames
  readonly #host: ServiceHost
  readonly #store: BanStore
  readonly #routes = new Set<WatchedRoute>()
  /** In force, but not on the disk yet. */
  readonly #unsaved = new Set<Ban>()
  #lastId = 0
  #loading: Promise<void> | undefined
  #isLoaded = false
  /** Monotonic milliseconds before which nobody need look again for bans that are over. */
  #nextRoomAt = 0
  readonly #stopLooking: () => void

  constructor(host: ServiceHost, resolve?: ResolveName) {
    const { clock, log, storage } = host
    this.#host = host
    this.#store = new BanStore(host)
    this.names = createDnsNames({ clock, log, ...(resolve === undefined ? {} : { resolve }) })
    storage.onReady(() => void this.#ready())
    this.#stopLooking = clock.every(LOOK_EVERY_MS, () => this.#look())
  }

  /** Resolves once what is stored is known, or cannot be. */
  async loaded(): Promise<void> {
    await this.#loading
  }

  /** Whether a ban is safe on the disk. */
  isStored(ban: Ban): boolean {
    return !this.#unsaved.has(ban)
  }

  /** Makes its requests known; returns the function that ends it. */
  watch(route: WatchedRoute): () => void {
    this.#routes.add(route)
    return () => this.#routes.delete(route)
  }

  async ban(request: BanRequest): Promise<number> {
    const { clock, log } = this.#host
    const network = toNetwork(request.address)
    if (network === undefined) throw new TypeError(`"${request.address}" is no address`)
    const { route, by, rule, requestIds, durationsMs, isAlert = false } = request
    const before = this.index.get(network, route)
    const now = clock.wallNow()
    const count = (before?.count ?? 0) + 1
    const expiresAt = now + (durationsMs[Math.min(count, durationsMs.length) - 1] ?? 0)
    // Several requests under way may ask at once; a longer ban is never made shorter.
    if (before !== undefined && before.expiresAt >= expiresAt) return before.expiresAt
    if (before === undefined && !this.#hasRoom(now)) throw new Error(`there are ${MAX_AUTOMATIC} bans already`)
    const ids = requestIds.slice(-MAX_REQUEST_IDS)
    const ban: Ban = {
      id: this.#nextId(now),
      network,
      route,
      createdAt: now,
      expiresAt,
      by,
      rule,
      reason: '',
      requestIds: ids,
      count,
    }
    this.#putInForce(ban, isAlert)
    this.#cut()
    this.#unsaved.add(ban)
    accountBans(this.#host, { action: 'ip_banned', bans: [ban], deed: SYSTEM }).catch((error: Error) =>
      log.error({ err: error, ban_id: ban.id }, 'a ban is not in the audit log'),
    )
    await this.#save([ban])
    return expiresAt
  }

  /** Bans by hand: entered, stored, then in force. Rejects with `BansNotAccounted` or `BansNotStored`, and nothing is banned. */
  async add(bans: readonly Omit<Ban, 'id' | 'createdAt' | 'count'>[], deed: Deed): Promise<readonly Ban[]> {
    await this.loaded()
    const now = this.#host.clock.wallNow()
    const made = bans.map((ban): Ban => {
      const count = (this.index.get(ban.network, ban.route)?.count ?? 0) + 1
      return { ...ban, id: this.#nextId(now), createdAt: now, count }
    })
    await this.#account('ip_banned', made, deed)
    await this.#storeOrThrow(made)
    for (const ban of made) this.#putInForce(ban, false)
    this.#cut()
    return made
  }

  /**
   * Ends bans by hand. Rejects with `BansNotAccounted`, and nothing is done, unless it is asked for on the machine itself: there it works always.
   * Where it cannot be stored now, that is made up for.
   */
  async remove(bans: readonly Ban[], deed: Deed): Promise<void> {
    const { clock, log } = this.#host
    const now = clock.wallNow()
    // Who lifts a ban says that it was not deserved, or has been served.
    const ended = bans.map((ban): Ban => ({ ...ban, expiresAt: now, count: ban.count - 1 }))
    await this.#account('ip_unbanned', ended, deed).catch((error: Error) => {
      if (deed.source !== 'cli') throw error
      log.error({ err: error }, 'the end of a ban is not in the audit log')
    })
    for (const [place, ban] of ended.entries()) {
      this.#unsaved.delete(bans[place] as Ban)
      this.#unsaved.add(ban)
      this.index.put(ban)
      this.#announce('ip_unbanned', ban, false)
    }
    await this.#saveLate()
  }

  async stop(): Promise<void> {
    this.#stopLooking()
    this.names.stop()
    if (this.#unsaved.size > 0) await this.#save([...this.#unsaved]).catch(() => {})
  }

  #putInForce(ban: Ban, isAlert: boolean): void {
    const before = this.index.get(ban.network, ban.route)
    if (before !== undefined) this.#unsaved.delete(before)
    this.index.put(ban)
    this.#announce('ip_banned', ban, isAlert)
  }

  /** Ends what those who are banned have open: once for however many have been banned just now. */
  #cut(): void {
    const now = this.#host.clock.wallNow()
    for (const { routeHost, inFlight, isExempt } of this.#routes)
      for (const { record } of inFlight) {
        const { clientAddress, exchange } = record
        if (exchange === undefined || this.index.find(clientAddress, routeHost, now) === undefined) continue
        if (!isExempt(clientAddress)) exchange.fail(new AddressBanned())
      }
  }

  /** Bans that are over make room: they only made the next one longer. */
  #hasRoom(now: number): boolean {
    const { index } = this
    if (index.ruleCount < MAX_AUTOMATIC) return true
    const { clock } = this.#host
    if (clock.now() < this.#nextRoomAt) return false
    this.#nextRoomAt = clock.now() + LOOK_EVERY_MS
    for (const ban of index.all()) if (ban.rule !== '' && ban.expiresAt <= now) index.delete(ban)
    return index.ruleCount < MAX_AUTOMATIC
  }

  #announce(name: string, ban: Ban, isAlert: boolean): void {
    const { events, redactor } = this.#host
    const expires_at = ban.expiresAt === Number.POSITIVE_INFINITY ? null : Math.ceil(ban.expiresAt / 1000)
    const client = maskNetwork(ban, (address) => redactor.address(address))
    events.emit(name, { ban_id: ban.id, client, route: ban.route, rule: ban.rule, expires_at, is_alert: isAlert })
  }

  #nextId(now: number): number {
    this.#lastId = Math.max(this.#lastId + 1, now)
    return this.#lastId
  }

  async #account(action: 'ip_banned' | 'ip_unbanned', bans: readonly Ban[], deed: Deed): Promise<void> {
    try {
      await accountBans(this.#host, { action, bans, deed })
    } catch (error) {
      throw Object.assign(new BansNotAccounted(), { cause: error })
    }
  }

  async #storeOrThrow(bans: readonly Ban[]): Promise<void> {
    try {
      await this.#store.write(bans)
    } catch (error) {
      throw Object.assign(new BansNotStored(), { cause: error })
    }
  }

  async #save(bans: readonly Ban[]): Promise<void> {
    await this.#store.write(bans)
    for (const ban of bans) this.#unsaved.delete(ban)
  }

  async #ready(): Promise<void> {
    this.#loading ??= this.#load()
    await this.#loading
    await this.#saveLate()
  }

  async #load(): Promise<void> {
    const { clock, log } = this.#host
    try {
      const now = clock.wallNow()
      for (const ban of await this.#store.read({ now, rememberedMs: REMEMBERED_MS, mostOver: MAX_AUTOMATIC })) {
        this.#lastId = Math.max(this.#lastId, ban.id)
        const newer = this.index.get(ban.network, ban.route)
        if (newer === undefined) this.index.put(ban)
      }
      this.#isLoaded = true
    } catch (error) {
      this.#loading = undefined
      log.error({ err: error }, 'the ban list could not be read: who was banned is let in until it can be')
    }
  }

  async #saveLate(): Promise<void> {
    if (this.#unsaved.size === 0) return
    await this.#save([...this.#unsaved]).catch((error: Error) =>
      this.#host.log.warn({ err: error, bans: this.#unsaved.size }, 'bans in force are not stored yet'),
    )
  }

  #look(): void {
    const now = this.#host.clock.wallNow()
    for (const ban of this.index.all()) if (ban.expiresAt + REMEMBERED_MS < now) this.index.delete(ban)
    this.index.refresh(now)
    if (this.#host.storage.problem === undefined && (!this.#isLoaded || this.#unsaved.size > 0)) void this.#ready()
  }
}
