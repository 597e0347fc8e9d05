/** How much may happen: at most `most` in any `windowMs`, and at most `longMost` in any `longMs`. */
export interface LimitShape {
  readonly most: number
  readonly windowMs: number
  readonly longMost: number
  readonly longMs: number
}

/** What happened within a sliding window. Times are monotonic milliseconds and never go back. */
export interface SlidingWindow {
  /** The last time something was taken; -Infinity before that. */
  readonly newest: number
  /** Milliseconds until one more may be taken; 0 if it may be now. */
  waitMs(now: number): number
  /** Takes one. Only where `waitMs` was 0. */
  take(now: number): void
  /** How many were taken in the `windowMs` before `now`; of buckets, at most so many more as their width holds. */
  count(now: number): number
  /** Everything remembered, oldest first, as times. For carrying over to another shape. */
  times(): number[]
}

/** Above this many remembered times a window counts in buckets. */
const MAX_EXACT = 1000
const BUCKETS = 64

/**
 * The shape of a limit. A burst is `burst` more in one window, made up for in those that follow: over as many windows as that takes no more
 * than the limit for each.
 */
export function toShape(limit: number, windowMs: number, burst: number): LimitShape {
  const windows = burst === 0 ? 1 : 1 + Math.ceil(burst / limit)
  return { most: limit + burst, windowMs, longMost: limit * windows, longMs: windowMs * windows }
}

/** Makes an empty window, or one that remembers these times (oldest first). */
export function createWindow(shape: LimitShape, times: readonly number[] = []): SlidingWindow {
  return shape.longMost <= MAX_EXACT ? new ExactWindow(shape, times) : new BucketWindow(shape, times)
}

/**
 * The times of what was taken last, in a ring: one more may be taken when the one that was taken `most` before it has left the window.
 * So no window of that length, wherever it begins, holds more.
 */
class ExactWindow implements SlidingWindow {
  newest = Number.NEGATIVE_INFINITY
  readonly #shape: LimitShape
  /** Grows as it fills: most clients send a handful. */
  readonly #ring: number[]
  #next = 0

  constructor(shape: LimitShape, times: readonly number[]) {
    this.#shape = shape
    this.#ring = times.slice(-shape.longMost)
    this.#next = this.#ring.length === shape.longMost ? 0 : this.#ring.length
    this.newest = this.#ring.at(-1) ?? Number.NEGATIVE_INFINITY
  }

  waitMs(now: number): number {
    const { most, windowMs, longMost, longMs } = this.#shape
    const short = this.#ago(most) + windowMs - now
    const long = longMost === most ? short : this.#ago(longMost) + longMs - now
    const wait = Math.max(short, long)
    return Math.max(wait, 0)
  }

  take(now: number): void {
    const { longMost } = this.#shape
    if (this.#ring.length < longMost && this.#next === this.#ring.length) this.#ring.push(now)
    else this.#ring[this.#next] = now
    this.#next = this.#next + 1 === longMost ? 0 : this.#next + 1
    this.newest = now
  }

  count(now: number): number {
    const { most, windowMs } = this.#shape
    let [low, high] = [0, Math.min(most, this.#ring.length)]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#ago(middle) > now - windowMs) low = middle
      else high = middle - 1
    }
    return low
  }

  times(): number[] {
    const { length } = this.#ring
    return length < this.#shape.longMost
      ? [...this.#ring]
      : [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)]
  }

  /** When the one was taken that was `back` takes ago, the last being 1; -Infinity where there were fewer. */
  #ago(back: number): number {
    const { length } = this.#ring
    if (back > length) return Number.NEGATIVE_INFINITY
    const index = this.#next - back
    return this.#ring[index < 0 ? index + length : index] as number
  }
}

/**
 * Counts in 64 buckets and the one under way: what stands in them is at least what any window ending now holds, so the limit is never
 * passed; up to a 64th of the window late, what left it can be taken again.
 */
class BucketWindow implements SlidingWindow {
  newest = Number.NEGATIVE_INFINITY
  readonly #short: Buckets
  readonly #long: Buckets | undefined

  constructor({ most, windowMs, longMost, longMs }: LimitShape, times: readonly number[]) {
    this.#short = new Buckets(most, windowMs)
    this.#long = longMost === most ? undefined : new Buckets(longMost, longMs)
    for (const time of times) this.take(time)
  }

  waitMs(now: number): number {
    const short = this.#short.waitMs(now)
    const long = this.#long?.waitMs(now) ?? 0
    return Math.max(short, long)
  }

  take(now: number): void {
    this.#short.take(now)
    this.#long?.take(now)
    this.newest = now
  }

  count(now: number): number {
    return this.#short.count(now)
  }

  times(): number[] {
    return (this.#long ?? this.#short).times(this.newest)
  }
}

class Buckets {
  readonly #most: number
  readonly #width: number
  readonly #counts = new Uint32Array(BUCKETS + 1)
  #sum = 0
  /** Number of the bucket under way, since the beginning of time. */
  #current = Number.NEGATIVE_INFINITY

  constructor(most: number, windowMs: number) {
    this.#most = most
    this.#width = windowMs / BUCKETS
  }

  waitMs(now: number): number {
    this.#turn(now)
    if (this.#sum < this.#most) return 0
    // The oldest bucket that holds something leaves when the one after the last of its window begins.
    for (let age = BUCKETS; age >= 0; age -= 1)
      if (this.#counts[this.#slot(this.#current - age)] !== 0)
        return (this.#current - age + BUCKETS + 1) * this.#width - now
    return 0
  }

  take(now: number): void {
    this.#turn(now)
    const slot = this.#slot(this.#current)
    this.#counts[slot] = (this.#counts[slot] as number) + 1
    this.#sum += 1
  }

  count(now: number): number {
    this.#turn(now)
    return this.#sum
  }

  times(newest: number): number[] {
    const times: number[] = []
    if (this.#sum === 0) return times
    for (let age = BUCKETS; age >= 0; age -= 1) {
      const bucket = this.#current - age
      const count = this.#counts[this.#slot(bucket)] as number
      // The latest it can have been: carried over, nothing is forgotten too early.
      const time = Math.min((bucket + 1) * this.#width, newest)
      for (let i = 0; i < count; i += 1) times.push(time)
    }
    return times
  }

  #turn(now: number): void {
    const bucket = Math.floor(now / this.#width)
    if (bucket <= this.#current) return
    const passed = bucket - this.#current
    this.#current = bucket
    if (passed > BUCKETS) {
      this.#counts.fill(0)
      this.#sum = 0
      return
    }
    for (let i = 0; i < passed; i += 1) {
      const slot = this.#slot(bucket - i)
      this.#sum -= this.#counts[slot] as number
      this.#counts[slot] = 0
    }
  }

  /** Times before zero, of what was restored, have negative numbers. */
  #slot(bucket: number): number {
    const rest = bucket % (BUCKETS + 1)
    return rest < 0 ? rest + BUCKETS + 1 : rest
  }
}
