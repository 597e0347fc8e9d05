import { createWindow, toShape } from '@drawbridge/plugin-rate-limit'
import t from 'tap'
import { fullest, sendArrivals } from '../../../test/security/window-arrivals.ts'

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
    const taken = sendArrivals(shape, 50_000, limit)
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
