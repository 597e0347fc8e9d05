import type { ServerResponse } from 'node:http'
import type { RequestRecord } from './request-record.ts'

/** A request under way. */
export interface InFlightRequest {
  readonly record: RequestRecord
  readonly response: ServerResponse
}

/** An entry of the list, which knows where it stands. */
export interface InFlightEntry extends InFlightRequest {
  /** -1 outside of a list. The list's own business. */
  place: number
}

/**
 * The requests under way. Not a `Map` or `Set`: those replace their table every so many changes, and each old table keeps the requests that were in it
 * alive until the next full collection; at 20,000 requests a second that was most of the garbage collector's work.
 */
export class InFlightList<T extends InFlightEntry = InFlightEntry> implements Iterable<InFlightRequest> {
  readonly #entries: T[] = []

  get size(): number {
    return this.#entries.length
  }

  add(entry: T): void {
    entry.place = this.#entries.length
    this.#entries.push(entry)
  }

  /** Does nothing for an entry that is in no list. */
  remove(entry: T): void {
    const { place } = entry
    if (place === -1) return
    const last = this.#entries.pop() as T
    if (last !== entry) {
      this.#entries[place] = last
      last.place = place
    }
    entry.place = -1
  }

  /** From the last to the first, so that what ends meanwhile makes none be left out. */
  *[Symbol.iterator](): Iterator<InFlightRequest> {
    for (let place = this.#entries.length - 1; place >= 0; place -= 1) {
      const entry = this.#entries[place]
      if (entry !== undefined) yield entry
    }
  }
}
