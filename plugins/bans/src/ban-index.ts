import { addressKey, clientKey } from '@drawbridge/plugin-kit'
import { BanRanges } from './ban-ranges.ts'
import { isIn, type Network, singleKey } from './network.ts'

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

/** Finds whether an address is banned: one look-up for single addresses and /64s, a binary search for other networks. */
export class BanIndex {
  readonly #bans = new Map<string, Ban>()
  readonly #singles = new Map<string, Ban[]>()
  #ranges: BanRanges | undefined
  #rangeCount = 0
  #ruleCount = 0

  get isEmpty(): boolean {
    return this.#bans.size === 0
  }

  /** How many there are that a rule asked for, not a person. */
  get ruleCount(): number {
    return this.#ruleCount
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
    if (ban.rule !== '') this.#ruleCount += 1
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
    if (ban.rule !== '') this.#ruleCount -= 1
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
    const single = this.#singles.get(clientKey(key))?.find((ban) => covers(ban, route, now))
    if (single !== undefined || this.#rangeCount === 0) return single
    if (this.#ranges === undefined || now < this.#ranges.compiledAt) this.#ranges = this.#compileRanges(now)
    return this.#ranges.at(key).find((ban) => covers(ban, route, now) && isIn(key, ban.network))
  }

  /** Has networks compiled anew where some of them are over by now. */
  refresh(now: number): void {
    if (this.#ranges?.hasEnded(now) === true) this.#ranges = undefined
  }

  #compileRanges(now: number): BanRanges {
    const ofNetworks = [...this.#bans.values()].filter(({ network }) => singleKey(network) === undefined)
    return new BanRanges(ofNetworks, now)
  }
}

function covers({ route: scope, expiresAt }: Ban, route: string, now: number): boolean {
  return (scope === '' || scope === route) && expiresAt > now
}

function keyOf({ text }: Network, route: string): string {
  return `${text} ${route}`
}
