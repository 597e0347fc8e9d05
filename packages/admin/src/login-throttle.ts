import { addressKey, type Clock, clientKey } from '@drawbridge/plugin-kit'
import { LRUCache } from 'lru-cache'
import { Throttled, withRetryAfter } from './errors.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** Keys come from clients, so their number is bounded. */
const MAX_KEYS = 10_000

/** How many failures are free, from how many on it is locked, and for how long. Between the two the wait doubles, up to a minute. */
interface Ladder {
  readonly free: number
  readonly lockAt: number
  readonly lockMs: number
}

/** Of one account from one address. */
const PAIR: Ladder = { free: 4, lockAt: 20, lockMs: HOUR }
/** Of one address, whatever the account. */
const ADDRESS: Ladder = { free: 20, lockAt: 100, lockMs: HOUR }
/**
 * Of one account from all addresses that never signed in to it: one attempt a minute and no lock, and addresses known to the account are
 * exempt. So guessing from many addresses is slow, and yet nobody can lock the owner out from elsewhere.
 */
const ACCOUNT: Ladder = { free: 50, lockAt: Number.POSITIVE_INFINITY, lockMs: 0 }

/** An attempt that is being judged. It counts as failed until it is said to be something else: so attempts at once are counted too. */
export interface Attempt {
  /** Failures of this account from this address, this attempt included. */
  readonly count: number
  succeeded(): void
  /** It came to no judgement. */
  cancelled(): void
}

/** Slows down and stops guessing of passwords, codes and setup tokens. Lives in memory only. */
export class LoginThrottle {
  readonly #clock: Clock
  readonly #failures = new LRUCache<string, Failures>({ max: MAX_KEYS })
  readonly #known = new LRUCache<string, true>({ max: MAX_KEYS })

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Throws `Throttled` where it is too early, which is the same for accounts that do not exist and does not count. */
  begin(account: string, address: string): Attempt {
    const keys = keysOf(account, clientOf(address))
    const isKnown = this.#known.has(keys.pair)
    const pair = this.#at(keys.pair, PAIR)
    const judged = [pair, this.#at(keys.address, ADDRESS), ...(isKnown ? [] : [this.#at(keys.account, ACCOUNT)])]
    const waitMs = Math.max(...judged.map((failures) => failures.waitMs(this.#clock.now())))
    if (waitMs > 0) throw withRetryAfter(new Throttled(), waitMs / 1000)
    for (const failures of judged) failures.add(this.#clock.now())
    return {
      count: pair.count,
      succeeded: () => {
        for (const failures of judged) failures.takeBack()
        this.#failures.delete(keys.pair)
        this.#known.set(keys.pair, true)
      },
      cancelled: () => {
        for (const failures of judged) failures.takeBack()
      },
    }
  }

  /** Forgets the failures of an account, and of all addresses, one of which may be its owner's. */
  unlock(account: string): void {
    const name = account.toLowerCase()
    for (const key of [...this.#failures.keys()])
      if (key.startsWith('address ') || key.split(' ')[1] === name) this.#failures.delete(key)
  }

  #at(key: string, ladder: Ladder): Failures {
    let failures = this.#failures.get(key)
    if (failures === undefined || failures.isOver(this.#clock.now())) {
      failures = new Failures(ladder)
      this.#failures.set(key, failures)
    }
    return failures
  }
}

class Failures {
  readonly #ladder: Ladder
  #count = 0
  #lastAt = 0

  constructor(ladder: Ladder) {
    this.#ladder = ladder
  }

  get count(): number {
    return this.#count
  }

  add(now: number): void {
    this.#count += 1
    this.#lastAt = now
  }

  takeBack(): void {
    this.#count -= 1
  }

  /** Failures count for an hour after the last one, which is as long as the longest lock. */
  isOver(now: number): boolean {
    return this.#count > 0 && now - this.#lastAt >= HOUR
  }

  waitMs(now: number): number {
    const { free, lockAt, lockMs } = this.#ladder
    if (this.#count <= free) return 0
    const delay = this.#count >= lockAt ? lockMs : Math.min(2 ** (this.#count - free - 1) * 1000, MINUTE)
    return this.#lastAt + delay - now
  }
}

function keysOf(account: string, network: string) {
  const name = account.toLowerCase()
  return { pair: `pair ${name} ${network}`, account: `account ${name}`, address: `address ${network}` }
}

/** What is no address to us (it has a zone) stands for itself. */
function clientOf(address: string): string {
  return clientKey(addressKey(address)) || address
}
