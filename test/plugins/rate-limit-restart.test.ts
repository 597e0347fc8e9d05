import type { RequestListener } from 'node:http'
import t from 'tap'
import { until } from '../support/fixtures.ts'
import { startLimited } from '../support/limited-gateway.ts'

const ONE = '198.51.100.1'
const OTHER = '198.51.100.2'

t.test('refusals that count for a ban outlive a restart, and begin anew once they banned', async (t) => {
  const routes = { 'a.test': { per_ip: '1/h', ban_after: 3, ban_window: '30m', ban_duration: '1m' } }
  const first = await startLimited(t, { routes })
  for (const status of [200, 429, 429]) t.equal(await first.ask(ONE), status)
  await first.stop()
  first.clock.advance(600_000)
  const second = await startLimited(t, { routes, folder: first.folder, clock: first.clock })
  t.equal(await second.ask(ONE), 429, 'the third')
  t.equal(await second.ask(ONE), 403)
  await untilSo(async () => (await second.rows("SELECT * FROM rate_limits WHERE rule LIKE '% refusals'")).length === 0)
  await second.stop()
  first.clock.advance(61_000)
  const third = await startLimited(t, { routes, folder: first.folder, clock: first.clock })
  for (const status of [429, 429, 429, 403]) t.equal(await third.ask(ONE), status, 'three more, not one')
})

t.test('refusals from before a restart count no longer than others', async (t) => {
  const routes = { 'a.test': { per_ip: '1/h', ban_after: 4, ban_window: '5m' } }
  const first = await startLimited(t, { routes })
  for (const status of [200, 429, 429]) t.equal(await first.ask(ONE), status)
  await first.stop()
  first.clock.advance(200_000)
  const second = await startLimited(t, { routes, folder: first.folder, clock: first.clock })
  t.equal(await second.ask(ONE), 429, 'the third')
  second.clock.advance(110_000)
  for (const status of [429, 429]) t.equal(await second.ask(ONE), status, 'two of the three are over')
  t.equal(await second.ask(ONE), 429, 'the fourth of this window bans')
  t.equal(await second.ask(ONE), 403)
})

t.test('a limit of hours outlives a restart that comes long after its last request', async (t) => {
  const routes = { 'a.test': { per_ip: '2/h', global: '3/2h' } }
  const first = await startLimited(t, { routes })
  for (const status of [200, 200, 429]) t.equal(await first.ask(ONE), status)
  await first.stop()
  first.clock.advance(1_800_000)
  const second = await startLimited(t, { routes, folder: first.folder, clock: first.clock })
  t.equal(await second.ask(ONE), 429)
  t.equal(await second.ask(OTHER), 200)
  t.equal(await second.ask(OTHER), 429, 'of all together three')
})

t.test('a login that succeeds after a restart forgives the failures before it', async (t) => {
  const routes = { 'a.test': { login: { path: '/login', failure_status: 400, max_failures: 3 } } }
  const backend: RequestListener = (request, response) => {
    response.statusCode = request.url === '/login?good' ? 200 : 400
    response.end()
  }
  const post = (gateway: Awaited<ReturnType<typeof startLimited>>, target: string) =>
    gateway.ask(ONE, target, { method: 'POST' })
  const first = await startLimited(t, { routes, backend })
  for (let i = 0; i < 2; i += 1) await post(first, '/login')
  await first.stop()
  const second = await startLimited(t, { routes, backend, folder: first.folder, clock: first.clock })
  await post(second, '/login?good')
  t.equal(await post(second, '/login'), 400)
  await until(() => second.records.length === 2)
  t.ok(second.bans.index.isEmpty, 'one failure is not three')
})

t.test('a limit of a month takes some rows of a client, and those of a short one go when it is over', async (t) => {
  const { ask, clock, rows } = await startLimited(t, {
    routes: { 'a.test': { per_ip: '1000/30d', paths: [{ path: '/x', per_ip: '100/10s' }] } },
  })
  const sums = async () => {
    const found = await rows('SELECT rule, count(*) AS n, sum(request_count) AS sum FROM rate_limits GROUP BY rule')
    return Object.fromEntries(found.map(({ rule, ...sum }) => [String(rule), sum]))
  }
  for (let asked = 1; asked <= 10; asked += 1) {
    await ask(ONE)
    if (asked === 1) await ask(ONE, '/x')
    clock.advance(5000)
    await untilSo(async () => (await sums()).per_ip?.sum === asked)
  }
  t.same((await sums()).per_ip, { n: 1, sum: 10 })
  await ask(ONE)
  clock.advance(60_000)
  await untilSo(async () => (await sums())['/x per_ip'] === undefined)
  t.ok(Number((await sums()).per_ip?.n) <= 2)
})

/** Rejects where it does not come true. */
async function untilSo(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`never came true: ${holds}`)
}
