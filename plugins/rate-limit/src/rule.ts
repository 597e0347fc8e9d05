import { ClientEntry } from './client-entry.ts'
import type { LimitShape } from './sliding-window.ts'

/** How many clients are remembered, over all rules. */
export interface EntryBudget {
  used: number
  readonly most: number
}

/** What a rule needs of the service that keeps it. */
export interface RuleKeeper {
  readonly budget: EntryBudget
  /** Told of every new entry: it may have a history from before a restart. */
  onNewEntry(rule: Rule, entry: ClientEntry): void
}

/** UTF-16 units of `addressKey` that make a /64 and a /48 of an IPv6 address. */
const UNITS_OF_64 = 4
const UNITS_OF_48 = 3
/** So many networks of one /48 are told apart: as many as a /56 holds, the most that a home line gets. Further ones share one count. */
const MAX_NETWORKS = 256
/** Clients that find no room any more share so many counts of their family. */
const SHARED = 4096

/**
 * A limit and what is remembered of each client under it. It lives on over reloads. Nobody who still counts is ever forgotten to make
 * room for others: who comes when there is none shares a count with others, and so gets rather less than the limit.
 */
export class Rule {
  readonly routeHost: string
  readonly name: string
  /** Route apps that use it; while a reload goes on, two. */
  holders = 0
  routeId: () => number
  shape: LimitShape
  /** How long refusals count for a ban; 0 where there is none. */
  violationsMs = 0
  readonly #keeper: RuleKeeper
  readonly #entries = new Map<string, ClientEntry>()
  readonly #networks = new Map<string, number>()
  #sharing = 0
  #sweep: Iterator<ClientEntry> | undefined

  constructor(identity: Pick<Rule, 'routeHost' | 'name' | 'shape' | 'routeId'>, keeper: RuleKeeper) {
    this.routeHost = identity.routeHost
    this.name = identity.name
    this.shape = identity.shape
    this.routeId = identity.routeId
    this.#keeper = keeper
  }

  get size(): number {
    return this.#entries.size
  }

  entries(): Iterable<ClientEntry> {
    return this.#entries.values()
  }

  find(key: string): ClientEntry | undefined {
    return this.#entries.get(key)
  }

  /** The entry of a client by its `clientKey`, made where there is none. */
  entryOf(key: string, address: string): ClientEntry {
    return this.#entries.get(key) ?? this.#make(key, address)
  }

  delete(entry: ClientEntry): void {
    if (!this.#entries.delete(entry.key)) return
    this.#keeper.budget.used -= 1
    if (isShared(entry.key)) this.#sharing -= 1
    if (entry.key.length !== UNITS_OF_64) return
    const network = entry.key.slice(0, UNITS_OF_48)
    const left = (this.#networks.get(network) ?? 1) - 1
    if (left === 0) this.#networks.delete(network)
    else this.#networks.set(network, left)
  }

  /** Looks at up to `count` entries, going on where it stopped, and forgets those in which nothing counts any more. */
  sweep(now: number, count: number): void {
    this.#sweep ??= this.#entries.values()
    for (let looked = 0; looked < count; looked += 1) {
      const { value, done } = this.#sweep.next()
      if (done === true) {
        this.#sweep = undefined
        return
      }
      if (value.isIdle(now, this.violationsMs)) this.delete(value)
    }
  }

  #make(key: string, address: string): ClientEntry {
    const sharedKey = this.#sharedKeyOf(key)
    if (sharedKey === undefined) return this.#add(new ClientEntry(key, address, this.shape))
    return this.#entries.get(sharedKey) ?? this.#add(new ClientEntry(sharedKey, '', this.shape))
  }

  /** A shared count is used as long as it exists: whoever was counted there must not begin anew in between. */
  #sharedKeyOf(key: string): string | undefined {
    if (key === '') return undefined
    const network = key.length === UNITS_OF_64 ? key.slice(0, UNITS_OF_48) : ''
    if (network !== '' && (this.#entries.has(network) || (this.#networks.get(network) ?? 0) >= MAX_NETWORKS))
      return network
    const { budget } = this.#keeper
    const isFull = budget.used >= budget.most
    if (!isFull && this.#sharing === 0) return undefined
    const pooled = poolKey(key, network)
    return isFull || this.#entries.has(pooled) ? pooled : undefined
  }

  #add(entry: ClientEntry): ClientEntry {
    const { key } = entry
    this.#entries.set(key, entry)
    this.#keeper.budget.used += 1
    if (isShared(key)) this.#sharing += 1
    if (key.length === UNITS_OF_64) {
      const network = key.slice(0, UNITS_OF_48)
      this.#networks.set(network, (this.#networks.get(network) ?? 0) + 1)
    }
    this.#keeper.onNewEntry(this, entry)
    return entry
  }
}

/** Longer than any key of an address. */
function isShared(key: string): boolean {
  return key.length > UNITS_OF_64
}

function poolKey(key: string, network: string): string {
  const text = network === '' ? key : network
  let hash = 0
  for (let i = 0; i < text.length; i += 1) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return `shared${network === '' ? 4 : 6} ${(hash ^ (hash >>> 15)) & (SHARED - 1)}`
}
