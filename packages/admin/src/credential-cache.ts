import type { Clock } from '@drawbridge/plugin-kit'
import { LRUCache } from 'lru-cache'
import { Busy, withRetryAfter } from './errors.ts'

const FRESH_MS = 5000
const MAX_ENTRIES = 1000
/** Queries run one at a time: a flood of made-up credentials must not stand before everybody else's. */
const MAX_UNKNOWN = 8

interface Entry<T> {
  readonly value: T
  readonly readAt: number
}

/** Spares most requests the query for their session or token. What is dropped is gone at once; other changes are seen after five seconds. */
export class CredentialCache<T extends object> {
  readonly #clock: Clock
  readonly #entries = new LRUCache<string, Entry<T>>({ max: MAX_ENTRIES })
  readonly #pending = new Map<string, Promise<T | undefined>>()
  #unknown = 0
  #drops = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The cached value, or what `read` finds. Rejects with `Busy` where too many unknown ones are being looked up. */
  async get(key: string, read: (known: T | undefined) => Promise<T | undefined>): Promise<T | undefined> {
    const entry = this.#entries.get(key)
    if (entry !== undefined && this.#clock.now() - entry.readAt < FRESH_MS) return entry.value
    const pending = this.#pending.get(key) ?? this.#read(key, { known: entry?.value, read })
    return pending
  }

  /** Forgets all values for which this holds. */
  drop(isGone: (value: T) => boolean): void {
    this.#drops += 1
    for (const [key, { value }] of [...this.#entries.entries()]) if (isGone(value)) this.#entries.delete(key)
  }

  #read(key: string, { known, read }: { known: T | undefined; read(known: T | undefined): Promise<T | undefined> }) {
    const isUnknown = known === undefined
    if (isUnknown && this.#unknown >= MAX_UNKNOWN) return Promise.reject(withRetryAfter(new Busy(), 1))
    if (isUnknown) this.#unknown += 1
    const dropsBefore = this.#drops
    const reading = read(known)
      .then((value) => {
        // What was read before something was revoked may be just that.
        if (dropsBefore === this.#drops) this.#keep(key, value)
        return value
      })
      .finally(() => {
        this.#pending.delete(key)
        if (isUnknown) this.#unknown -= 1
      })
    this.#pending.set(key, reading)
    return reading
  }

  #keep(key: string, value: T | undefined): void {
    if (value === undefined) this.#entries.delete(key)
    else this.#entries.set(key, { value, readAt: this.#clock.now() })
  }
}
