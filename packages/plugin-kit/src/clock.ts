/** Time as plugins see it, so that tests can turn the hands. */
export interface Clock {
  /** Monotonic milliseconds, for durations. */
  now(): number
  /** Milliseconds since the epoch, for timestamps. */
  wallNow(): number
  /** Calls `tick` every `ms` milliseconds without keeping the process alive; returns the function that stops it. */
  every(ms: number, tick: () => void): () => void
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  every(ms, tick) {
    const timer = setInterval(tick, ms)
    timer.unref()
    return () => clearInterval(timer)
  },
}
