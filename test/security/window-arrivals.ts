import { createWindow, type toShape } from '@drawbridge/plugin-rate-limit'
import { createRandom } from './random.ts'

type Shape = ReturnType<typeof toShape>

/** Sends arrivals of random and hostile timing at a window of that shape; the times of those that it let through. */
export function sendArrivals(shape: Shape, arrivals: number, seed: number): number[] {
  const random = createFractions(seed)
  let window = createWindow(shape)
  const taken: number[] = []
  const turn = Math.max(997, 2 * shape.longMost)
  let now = 0
  for (let i = 0; i < arrivals; i += 1) {
    now += step({ temper: Math.floor(i / turn) % 6, shape, random, now, taken })
    // As a reload does.
    if (i % 10_000 === 9999) window = createWindow(shape, window.times())
    if (window.waitMs(now) > 0) continue
    window.take(now)
    taken.push(now)
  }
  return taken
}

/** The most that any window of this length holds. */
export function fullest(taken: readonly number[], windowMs: number): number {
  let first = 0
  let most = 0
  for (let last = 0; last < taken.length; last += 1) {
    while ((taken[last] as number) - (taken[first] as number) >= windowMs) first += 1
    most = Math.max(most, last - first + 1)
  }
  return most
}

/** Numbers from 0 to below 1, the same for the same seed. */
export function createFractions(seed: number): () => number {
  const { int } = createRandom(seed)
  return () => int(1_000_000_000) / 1_000_000_000
}

interface Moment {
  readonly temper: number
  readonly shape: Shape
  readonly random: () => number
  readonly now: number
  readonly taken: readonly number[]
}

/** Milliseconds to the next arrival: at once, evenly, around the end of a window, of a bucket, after rests, just when one becomes free. */
function step({ temper, shape, random, now, taken }: Moment): number {
  const { most, windowMs } = shape
  if (temper === 0) return 0
  if (temper === 1) return (windowMs / most) * 2 * random()
  if (temper === 2) return random() < 0.02 ? windowMs + (random() - 0.5) * 1e-3 : 0
  if (temper === 3) return random() < 0.05 ? windowMs / 64 + (random() - 0.5) * 1e-3 : 0
  if (temper === 4) return random() < 0.01 ? 3 * windowMs * random() : random()
  const oldest = taken.at(-most)
  return oldest === undefined ? 0 : Math.max(0, oldest + windowMs - now + (random() - 0.5) * 1e-6)
}
