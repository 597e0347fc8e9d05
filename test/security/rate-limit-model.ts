/**
 * Sends a million arrivals of random and hostile timing at limits of every kind and looks whether any window held more than it may; then, with a
 * clock of its own, 50,000 arrivals a second from 10,000 addresses for 60 s against a count kept the plain way.
 * `node --conditions=@drawbridge/source test/security/rate-limit-model.ts [arrivals]`
 */
import { addressKey, clientKey } from '@drawbridge/plugin-kit'
import { admit, type Limit, Rule, toShape } from '@drawbridge/plugin-rate-limit'
import { createFractions, fullest, sendArrivals } from './window-arrivals.ts'

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
  const shape = toShape(limit, windowMs, burst)
  const startedAt = performance.now()
  const taken = sendArrivals(shape, arrivals, limit)
  const seconds = (performance.now() - startedAt) / 1000
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

/** 50,000 arrivals a second, 10,000 addresses, 60 s of the model's time: every decision is the one that a list of times would give. */
function runCrowd(): boolean {
  const random = createFractions(7)
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
    const excess = admit(limits, { key: clientKey(addressKey(address)), address, now })
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
