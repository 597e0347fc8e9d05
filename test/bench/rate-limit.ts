/**
 * What limits cost: the hot path of the plugin alone, beside the hook of @fastify/rate-limit where that is installed (folder as argument), and
 * then 1,000 requests a second through sockets for so many seconds, counted exactly.
 * `node --conditions=@drawbridge/source test/bench/rate-limit.ts [seconds]`
 */
import { addressKey } from '@drawbridge/plugin-kit'
import { admit, createRateLimitPlugin, type Limit, Rule, toShape } from '@drawbridge/plugin-rate-limit'
import { Agent, request } from 'undici'
import { startBackend, startGateway } from '../support/fixtures.ts'

const seconds = Number(process.argv[2] ?? 5)
const teardowns: (() => unknown)[] = []
const t = { teardown: (action: () => unknown) => teardowns.push(action) }

measureHotPath('10.0', false)
measureHotPath('2001:db8', true)
await measureSockets()
for (const action of teardowns.reverse()) await action()

function measureHotPath(kind: string, isIpv6: boolean): void {
  const addresses = Array.from({ length: 10_000 }, (_, i) =>
    isIpv6 ? `2001:db8:${i.toString(16)}::${(i * 7).toString(16)}` : `10.0.${i >> 8}.${i & 255}`,
  )
  const limits = {
    perClient: makeLimit('per_ip', 100),
    together: [makeLimit('global', 1_000_000), makeLimit('x global', 900_000)],
  }
  let refused = 0
  for (const [round, count] of [
    ['warm-up', 500_000],
    ['measured', 3_000_000],
  ] as const) {
    const memory = process.memoryUsage().heapUsed
    const startedAt = performance.now()
    for (let i = 0; i < count; i += 1) {
      const address = addresses[(i * 7919) % 10_000] as string
      const key = addressKey(address) ?? ''
      if (admit(limits, { key: key.length === 8 ? key.slice(0, 4) : key, address, now: i / 10 }) !== undefined)
        refused += 1
    }
    const ns = ((performance.now() - startedAt) * 1e6) / count
    if (round === 'measured')
      console.log(
        `${kind}: ${ns.toFixed(0)} ns a request with three limits and the address read (${refused} refused, heap ${((process.memoryUsage().heapUsed - memory) / 1e6).toFixed(1)} MB more)`,
      )
  }
}

function makeLimit(name: string, count: number): Limit {
  const identity = { routeHost: 'a.test', name, shape: toShape(count, 60_000, 0), routeId: () => 1 }
  return {
    rule: new Rule(identity, { budget: { used: 0, most: 200_000 }, onNewEntry() {} }),
    count,
    windowMs: 60_000,
    ban: undefined,
  }
}

/** Ten clients at 100 a second each, of which 20 a second are to pass. */
async function measureSockets(): Promise<void> {
  const { url: backend } = await startBackend(t, (_request, response) => response.end('in'))
  const { url } = await startGateway(t, {
    routes: { '127.0.0.1': backend },
    plugins: [[createRateLimitPlugin(), { per_ip: `${20 * seconds}/h` }]],
    config: { trustedProxies: ['127.0.0.1'] },
  })
  const dispatcher = new Agent({ connections: 50 })
  teardowns.push(() => dispatcher.close())
  const passed = new Map<string, number>()
  const sent: Promise<void>[] = []
  const startedAt = performance.now()
  for (let i = 0; i < 1000 * seconds; i += 1) {
    const client = `198.51.100.${i % 10}`
    while (performance.now() - startedAt < i) await new Promise((resolve) => setImmediate(resolve))
    sent.push(
      request(url, { dispatcher, headers: { 'x-forwarded-for': client } }).then(async ({ statusCode, body }) => {
        await body.dump()
        if (statusCode === 200) passed.set(client, (passed.get(client) ?? 0) + 1)
      }),
    )
  }
  await Promise.all(sent)
  const wrong = [...passed.values()].filter((count) => count !== 20 * seconds).length + (10 - passed.size)
  console.log(
    `sockets: ${sent.length} requests in ${((performance.now() - startedAt) / 1000).toFixed(1)} s, ten clients, ${wrong} of them not exactly ${20 * seconds} times let through`,
  )
}
