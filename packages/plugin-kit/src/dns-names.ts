import { Resolver } from 'node:dns/promises'
import { type AddressList, listOf, networkOf } from './address-list.ts'
import type { Clock } from './clock.ts'
import type { Log } from './host.ts'

/** Milliseconds between two look-ups of a name, unless said otherwise. */
const REFRESH_MS = 60_000
const TIMEOUT_MS = 5000
// Labels of RFC 1123 2.1, with the underscore that container names have; the last one holds a letter, so that no address is a name.
const DNS_NAME =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*(?=[a-z0-9-]*[a-z])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.?$/i

/** All addresses of one family (4 or 6) that a name has now; none where it has none. Rejects when that could not be found out. */
export type ResolveName = (name: string, family: 4 | 6) => Promise<readonly string[]>

/** What names are followed with. */
export interface DnsNamesParts {
  readonly clock: Clock
  readonly log: Log
  /** The machine's name servers unless given. */
  readonly resolve?: ResolveName
  readonly refreshMs?: number
}

/** A name that is being followed. */
export interface FollowedName {
  /** The addresses as last found, IPv6 widened to networks of `ipv6Prefix` bits; empty until the name has been found once. */
  addresses(ipv6Prefix: number): AddressList
  /** Resolves once the first look-up is over, whatever it brought. */
  readonly settled: Promise<void>
  /** To be called once by whoever followed it. */
  release(): void
}

/** Follows DNS names whose addresses change. */
export interface DnsNames {
  /** Several may follow the same name; it is looked up as long as one does. */
  follow(name: string): FollowedName
  stop(): void
}

/** True for what can be a host name in DNS; never for an address. */
export function isDnsName(text: string): boolean {
  return DNS_NAME.test(text)
}

/**
 * Makes a follower of names: looks each up at once and then every `refreshMs` (60 s unless given), keeps the last good answer for as
 * long as look-ups fail, and logs when a name begins or ceases to fail.
 */
export function createDnsNames({
  clock,
  log,
  resolve = createResolve(),
  refreshMs = REFRESH_MS,
}: DnsNamesParts): DnsNames {
  const followed = new Map<string, NameState>()
  const stop = clock.every(refreshMs, () => {
    for (const state of followed.values()) void state.refresh()
  })
  return {
    follow(name) {
      const key = name.toLowerCase().replace(/\.$/, '')
      const state = followed.get(key) ?? new NameState(key, { resolve, log })
      followed.set(key, state)
      state.followers += 1
      return {
        addresses: (ipv6Prefix) => state.addresses(ipv6Prefix),
        settled: state.settled,
        release() {
          state.followers -= 1
          if (state.followers === 0) followed.delete(key)
        },
      }
    },
    stop,
  }
}

class NameState {
  followers = 0
  readonly settled: Promise<void>
  readonly #name: string
  readonly #parts: { readonly resolve: ResolveName; readonly log: Log }
  #found: { readonly 4: readonly string[]; readonly 6: readonly string[] } = { 4: [], 6: [] }
  readonly #lists = new Map<number, AddressList>()
  #isFailing = false
  #isBusy = false

  constructor(name: string, parts: { readonly resolve: ResolveName; readonly log: Log }) {
    this.#name = name
    this.#parts = parts
    this.settled = this.refresh()
  }

  addresses(ipv6Prefix: number): AddressList {
    let list = this.#lists.get(ipv6Prefix)
    if (list === undefined) {
      const all = [...this.#found[4], ...this.#found[6]]
      list = listOf(all.flatMap((address) => networkOf(address, ipv6Prefix) ?? []))
      this.#lists.set(ipv6Prefix, list)
    }
    return list
  }

  async refresh(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    const { resolve } = this.#parts
    const [v4, v6] = await Promise.allSettled([resolve(this.#name, 4), resolve(this.#name, 6)])
    this.#isBusy = false
    const found = {
      4: v4.status === 'fulfilled' ? v4.value : this.#found[4],
      6: v6.status === 'fulfilled' ? v6.value : this.#found[6],
    }
    const failure = [v4, v6].find((outcome) => outcome.status === 'rejected')
    // A name without any address is one that fails as well: a line that is down, not one that nobody may use any more.
    if (found[4].length + found[6].length > 0) {
      this.#found = found
      this.#lists.clear()
    }
    const isEmpty = [v4, v6].every((outcome) => outcome.status === 'rejected' || outcome.value.length === 0)
    this.#report(failure !== undefined || isEmpty, failure?.reason)
  }

  #report(isFailing: boolean, error: unknown): void {
    if (isFailing === this.#isFailing) return
    this.#isFailing = isFailing
    const { log } = this.#parts
    const facts = { name: this.#name, ...(error === undefined ? {} : { err: error }) }
    if (isFailing)
      log.warn(facts, 'a DNS name in the configuration cannot be looked up; its last known addresses still count')
    else log.info(facts, 'a DNS name in the configuration is found again')
  }
}

/** c-ares: unlike `lookup`, it takes no thread from the pool that files are read in while a name server is silent. */
function createResolve(): ResolveName {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 2 })
  return async (name, family) => {
    try {
      return await (family === 4 ? resolver.resolve4(name) : resolver.resolve6(name))
    } catch (error) {
      // The name exists, without an address of this family.
      if ((error as NodeJS.ErrnoException).code === 'ENODATA') return []
      throw error
    }
  }
}
