import type { Clock } from '../clock.ts'

/** A clock that stands still until the test moves it. */
export interface TestClock extends Clock {
  /** Moves both clocks forward and runs what became due, in order. */
  advance(ms: number): void
}

/** Makes a clock for tests. `wallStart` is milliseconds since the epoch. */
export function createTestClock(wallStart = Date.UTC(2026, 0, 1)): TestClock {
  let elapsed = 0
  const timers = new Set<{ dueAt: number; every: number; tick: () => void }>()
  return {
    now: () => elapsed,
    wallNow: () => wallStart + elapsed,
    every(ms, tick) {
      const timer = { dueAt: elapsed + ms, every: ms, tick }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    advance(ms) {
      const end = elapsed + ms
      for (let next = earliest(timers, end); next !== undefined; next = earliest(timers, end)) {
        elapsed = next.dueAt
        next.dueAt += next.every
        next.tick()
      }
      elapsed = end
    },
  }
}

function earliest<T extends { dueAt: number }>(timers: Iterable<T>, end: number): T | undefined {
  let first: T | undefined
  for (const timer of timers)
    if (timer.dueAt <= end && (first === undefined || timer.dueAt < first.dueAt)) first = timer
  return first
}
