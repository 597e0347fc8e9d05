/**
 * Sends a million arrivals of random and hostile timing at limits of every kind and looks whether any window held more than it may; then, with a
 * clock of its own, 50,000 arrivals a second from 10,000 addresses for 60 s against a count kept the plain way.
 * `node --conditions=@drawbridge/source test/security/rate-limit-model.ts [arrivals]`
 */
import { addressKey } from '@drawbridge/plugin-kit'
import { admit, createWindow, type Limit, Rule, toShape } from '@drawbridge/plugin-rate-limit'
import { createRandom as createIntegers } from './random.ts'

const arrivals = Number(process.argv[2] ?? 1_000_000)
const LIMITS = [
  [1, 1000, 0],
  [5, 60_000, 0],
  [10, 60_000, 25],
  [100, 60_000, 20],
  [333, 7000, 0],
  [1000, 60_000, 0],
  [1001, 60_000, 0],
  [3000, 10_000, 500],
  [50_000, 60_000, 10_000],
] as const

let isGood = true
for (const [limit, windowMs, burst] of LIMITS) {
  const { shape, taken, seconds } = run(limit, windowMs, burst)
  const short = fullest(taken, windowMs)
  const long = fullest(taken, shape.longMs)
  const isRight = short <= limit + burst && long <= shape.longMost
  isGood &&= isRight
  console.log(
    `${limit} + ${burst} in ${windowMs} ms: fullest window ${short}, fullest ${shape.longMs} ms ${long} of ${shape.longMost}, ${taken.length} of ${arrivals} let through, ${((seconds * 1e9) / arrivals).toFixed(0)} ns each: ${isRight ? 'good' : 'WRONG'}`,
  )
}
isGood = runCrowd() && isGood
process.exit(isGood ? 0 : 1)

function run(limit: number, windowMs: number, burst: number) {
  const random = createRandom(limit)
  const shape = toShape(limit, windowMs, burst)
  let window = createWindow(shape)
  const taken: number[] = []
  const turn = Math.max(997, 2 * shape.longMost)
  let now = 0
  const startedAt = performance.now()
  for (let i = 0; i < arrivals; i += 1) {
    now += step({ temper: Math.floor(i / turn) % 6, shape, random, now, taken })
    // As a reload does.
    if (i % 100_000 === 99_999) window = createWindow(shape, window.times())
    if (window.waitMs(now) > 0) continue
    window.take(now)
    taken.push(now)
  }
  return { shape, taken, seconds: (performance.now() - startedAt) / 1000 }
}

interface Moment {
  readonly temper: number
  readonly shape: ReturnType<typeof toShape>
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

function fullest(taken: readonly number[], windowMs: number): number {
  let first = 0
  let most = 0
  for (let last = 0; last < taken.length; last += 1) {
    while ((taken[last] as number) - (taken[first] as number) >= windowMs) first += 1
    most = Math.max(most, last - first + 1)
  }
  return most
}

/** 50,000 arrivals a second, 10,000 addresses, 60 s of the model's time: every decision is the one that a list of times would give. */
function runCrowd(): boolean {
  const random = createRandom(7)
  const shape = toShape(100, 10_000, 0)
  const identity = { routeHost: 'a.test', name: 'per_ip', shape, routeId: () => 1 }
  const rule = new Rule(identity, { budget: { used: 0, most: 200_000 }, onNewEntry() {} })
  const limit: Limit = { rule, count: 100, windowMs: 10_000, ban: undefined }
  const limits = { perClient: limit, together: [] }
  const addresses = Array.from({ length: 10_000 }, (_, i) =>
    i % 2 === 0 ? `10.0.${i >> 8}.${i & 255}` : `2001:db8:${i.toString(16)}::1`,
  )
  const plain = new Map<string, number[]>()
  let wrong = 0
  let refused = 0
  let nanoseconds = 0n
  const total = 50_000 * 60
  for (let i = 0; i < total; i += 1) {
    const now = i / 50
    // Half of all comes from a tenth of the addresses.
    const address = addresses[Math.floor(random() * (i % 2 === 0 ? 1000 : 10_000))] as string
    const startedAt = process.hrtime.bigint()
    const key = addressKey(address) ?? ''
    const excess = admit(limits, { key: key.length === 8 ? key.slice(0, 4) : key, address, now })
    nanoseconds += process.hrtime.bigint() - startedAt
    const times = plain.get(address) ?? []
    while (times.length > 0 && (times[0] as number) + 10_000 <= now) times.shift()
    const isIn = times.length < 100
    if (isIn) times.push(now)
    plain.set(address, times)
    if (isIn !== (excess === undefined)) wrong += 1
    if (!isIn) refused += 1
  }
  console.log(
    `10,000 addresses, 50,000 arrivals/s, 60 s: ${wrong} of ${total} decisions wrong (${refused} refused), ${Number(nanoseconds / BigInt(total))} ns each with the address read and the timer`,
  )
  return wrong === 0
}

/** From 0 to below 1. */
function createRandom(seed: number): () => number {
  const { int } = createIntegers(seed)
  return () => int(1_000_000_000) / 1_000_000_000
}
