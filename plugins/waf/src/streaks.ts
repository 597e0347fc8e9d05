import type { SqlValue } from '@drawbridge/plugin-kit'

/** What one client sets off with one rule on one route, within a minute. */
export interface Streak {
  readonly startedAt: number
  /** The paths and parameters that have a row of their own. */
  readonly places: Set<string>
  /** The first of these rows. */
  row: readonly SqlValue[] | undefined
  /** Requests without one, and the time of the last. */
  repeats: number
  lastAt: number
}

const LENGTH_MS = 60_000
const MAX_STREAKS = 2000
const MAX_PLACES = 10

/** The running streaks: at most 2,000, the oldest gives way. `onEnd` is told of each that is over. */
export class Streaks {
  readonly #onEnd: (streak: Streak) => void
  /** By key, in the order in which they began. */
  readonly #running = new Map<string, Streak>()

  constructor(onEnd: (streak: Streak) => void) {
    this.#onEnd = onEnd
  }

  /** The streak that this is a new place of; `undefined` where it is a repetition, which is counted. */
  enter(key: string, place: string, now: number): Streak | undefined {
    const streak = this.#find(key, now)
    if (streak.places.size < MAX_PLACES && !streak.places.has(place)) {
      streak.places.add(place)
      return streak
    }
    streak.repeats += 1
    streak.lastAt = now
    return undefined
  }

  /** Ends those that are over by now; all of them without a time. */
  end(now = Number.POSITIVE_INFINITY): void {
    for (const [key, streak] of this.#running) {
      if (now - streak.startedAt < LENGTH_MS) return
      this.#end(key, streak)
    }
  }

  #find(key: string, now: number): Streak {
    const running = this.#running.get(key)
    if (running !== undefined && now - running.startedAt < LENGTH_MS) return running
    if (running !== undefined) this.#end(key, running)
    const [oldest] = this.#running
    if (oldest !== undefined && this.#running.size >= MAX_STREAKS) this.#end(...oldest)
    const streak: Streak = { startedAt: now, places: new Set(), row: undefined, repeats: 0, lastAt: now }
    this.#running.set(key, streak)
    return streak
  }

  #end(key: string, streak: Streak): void {
    this.#running.delete(key)
    this.#onEnd(streak)
  }
}
