import { type AddressList, addressKey, listOf } from '@drawbridge/plugin-kit'
import { type Network, singleKey, singleKeyOf } from './network.ts'

/** Somebody who is kept out, or was. */
export interface Ban {
  readonly id: number
  readonly network: Network
  /** First host name of the route; empty for all. */
  readonly route: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  /** Milliseconds since the epoch; Infinity for ever. In the past for one that is over. */
  readonly expiresAt: number
  /** The plugin, or the name of the account. */
  readonly by: string
  readonly rule: string
  readonly reason: string
  readonly requestIds: readonly string[]
  /** How often this network has been banned from this route by now. */
  readonly count: number
}

interface RangesOfRoute {
  readonly list: AddressList
  readonly bans: readonly Ban[]
}

/** Finds whether an address is banned: one look-up for single addresses and /64s, a binary search for other networks. */
export class BanIndex {
  readonly #bans = new Map<string, Ban>()
  readonly #singles = new Map<string, Ban[]>()
  #ranges: ReadonlyMap<string, RangesOfRoute> | undefined
  #rangeCount = 0

  get isEmpty(): boolean {
    return this.#bans.size === 0
  }

  get size(): number {
    return this.#bans.size
  }

  all(): Iterable<Ban> {
    return this.#bans.values()
  }

  /** The entry of a network and route, in force or over. */
  get(network: Network, route: string): Ban | undefined {
    return this.#bans.get(keyOf(network, route))
  }

  /** Puts it in the place of what stood there for its network and route. */
  put(ban: Ban): void {
    this.delete(ban)
    this.#bans.set(keyOf(ban.network, ban.route), ban)
    const key = singleKey(ban.network)
    if (key === undefined) {
      this.#rangeCount += 1
      this.#ranges = undefined
      return
    }
    this.#singles.set(key, [...(this.#singles.get(key) ?? []), ban])
  }

  delete({ network, route }: Pick<Ban, 'network' | 'route'>): void {
    const id = keyOf(network, route)
    const ban = this.#bans.get(id)
    if (ban === undefined) return
    this.#bans.delete(id)
    const key = singleKey(network)
    if (key === undefined) {
      this.#rangeCount -= 1
      this.#ranges = undefined
      return
    }
    const left = (this.#singles.get(key) ?? []).filter((other) => other !== ban)
    if (left.length === 0) this.#singles.delete(key)
    else this.#singles.set(key, left)
  }

  /** The ban that keeps this address from the route at this moment (milliseconds since the epoch). Below 1 µs. */
  find(address: string, route: string, now: number): Ban | undefined {
    const key = addressKey(address)
    if (key === undefined) return undefined
    const single = this.#singles.get(singleKeyOf(key))?.find((ban) => covers(ban, route, now))
    if (single !== undefined || this.#rangeCount === 0) return single
    this.#ranges ??= this.#compileRanges()
    return this.#findRange(key, { route: '', now }) ?? (route === '' ? undefined : this.#findRange(key, { route, now }))
  }

  /** All bans in force that hit this address, of any route. Not for the hot path. */
  covering(address: string, now: number): readonly Ban[] {
    const key = addressKey(address)
    if (key === undefined) return []
    return [...this.#bans.values()].filter(({ network, expiresAt }) => expiresAt > now && isIn(key, network))
  }

  #findRange(key: string, { route, now }: { route: string; now: number }): Ban | undefined {
    const ranges = this.#ranges?.get(route)
    if (ranges === undefined || !ranges.list.hasKey(key)) return undefined
    return ranges.bans.find((ban) => ban.expiresAt > now && isIn(key, ban.network))
  }

  #compileRanges(): ReadonlyMap<string, RangesOfRoute> {
    const ofRoutes = Map.groupBy(
      [...this.#bans.values()].filter(({ network }) => singleKey(network) === undefined),
      ({ route }) => route,
    )
    return new Map(
      [...ofRoutes].map(([route, bans]) => [route, { bans, list: listOf(bans.map(({ network }) => network)) }]),
    )
  }
}

/** Whether an `addressKey` lies in a network. */
export function isIn(key: string, { first, last }: Network): boolean {
  return key.length === first.length && key >= first && key <= last
}

function covers({ route: scope, expiresAt }: Ban, route: string, now: number): boolean {
  return (scope === '' || scope === route) && expiresAt > now
}

function keyOf({ text }: Network, route: string): string {
  return `${text} ${route}`
}
