const MINUTE_MS = 60_000

/** Counts what happens within a minute, for bounds on what is written: it begins anew with each. */
export class MinuteCounter {
  #minute = 0
  #count = 0

  /** Counts once more, at a time in milliseconds; how often it was within that minute by now. */
  next(now: number): number {
    const minute = Math.floor(now / MINUTE_MS)
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#count = 0
    }
    this.#count += 1
    return this.#count
  }
}
