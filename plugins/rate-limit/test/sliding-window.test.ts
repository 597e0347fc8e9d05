import { createWindow, toShape } from '@drawbridge/plugin-rate-limit'
import t from 'tap'

/** The same numbers every time (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Sends arrivals of several tempers at a window; the times of what was let through. */
function run(shape: ReturnType<typeof toShape>, arrivals: number, seed: number): number[] {
  const random = createRandom(seed)
  let window = createWindow(shape)
  const taken: number[] = []
  let now = 0
  for (let i = 0; i < arrivals; i += 1) {
    const temper = Math.floor(i / 500) % 4
    // At once; evenly; just when the window turns; with long rests.
    if (temper === 1) now += (shape.windowMs / shape.most) * random()
    else if (temper === 2) now += random() < 0.02 ? shape.windowMs - 1e-6 : 0
    else if (temper === 3) now += random() < 0.01 ? shape.windowMs * 2 * random() : random()
    if (i % 10_000 === 9999) window = createWindow(shape, window.times())
    if (window.waitMs(now) > 0) continue
    window.take(now)
    taken.push(now)
  }
  return taken
}

/** The most that any window of this length holds. */
function fullest(taken: readonly number[], windowMs: number): number {
  let first = 0
  let most = 0
  for (let last = 0; last < taken.length; last += 1) {
    while ((taken[last] as number) - (taken[first] as number) >= windowMs) first += 1
    most = Math.max(most, last - first + 1)
  }
  return most
}

t.test('never lets more than the limit through in any window', async (t) => {
  for (const [limit, windowMs, burst] of [
    [1, 1000, 0],
    [5, 60_000, 0],
    [10, 60_000, 25],
    [100, 60_000, 20],
    [1000, 60_000, 0],
    [1001, 60_000, 0],
    [3000, 10_000, 500],
  ] as const) {
    const shape = toShape(limit, windowMs, burst)
    const taken = run(shape, 50_000, limit)
    t.ok(taken.length > limit, `${limit} in ${windowMs} ms lets some through`)
    t.ok(fullest(taken, windowMs) <= limit + burst, `${limit} + ${burst} in ${windowMs} ms`)
    t.ok(fullest(taken, shape.longMs) <= shape.longMost, 'a burst is made up for')
  }
})

t.test('lets exactly the limit through, and the next one to the millisecond', async (t) => {
  const window = createWindow(toShape(3, 1000, 0))
  for (const now of [0, 10, 20]) {
    t.equal(window.waitMs(now), 0)
    window.take(now)
  }
  t.equal(window.waitMs(20), 980)
  t.equal(window.waitMs(999), 1)
  t.equal(window.waitMs(1000), 0)
  t.equal(window.count(20), 3)
  t.equal(window.count(1005), 2)
})

t.test('gives a burst once and takes it back in the next window', async (t) => {
  const window = createWindow(toShape(10, 1000, 5))
  const take = (now: number) => {
    let taken = 0
    for (; window.waitMs(now) === 0; taken += 1) window.take(now)
    return taken
  }
  t.equal(take(0), 15)
  t.equal(take(1000), 5)
  t.equal(take(2000), 15)
})

t.test('a window in another shape remembers what was taken', async (t) => {
  const taken = (limit: number, from: number) => {
    const before = createWindow(toShape(from, 60_000, 0))
    for (let i = 0; i < from; i += 1) before.take(i)
    const after = createWindow(toShape(limit, 60_000, 0), before.times())
    let count = 0
    for (; after.waitMs(from) === 0; count += 1) after.take(from)
    return count
  }
  t.equal(taken(10, 10), 0, 'the same')
  t.equal(taken(5, 10), 0, 'stricter')
  t.equal(taken(15, 10), 5, 'looser')
  t.equal(taken(2000, 500), 1500, 'from times to buckets')
  t.equal(taken(500, 2000), 0, 'from buckets to times')
})
