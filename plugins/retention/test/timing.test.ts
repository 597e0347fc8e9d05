import type { Storage } from '@drawbridge/plugin-kit'
import t from 'tap'
import { buildRetention, DAY, NOON, nextEvent, toParts } from './support/build-retention.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

t.test('a run starts every day at the time of day, once', async (t) => {
  const built = buildRetention(t, { routes: { '': { schedule: '03:30', time_zone: 'Europe/Berlin' }, 'a.test': {} } })
  const { host, clock, service, events, audited, log, idOf, left } = built
  await log(idOf('a.test'), 8 * DAY)
  t.match(await service.status(), { nextStartAt: Date.UTC(2026, 6, 2, 1, 30), lastRun: undefined, isRunning: false })
  for (const day of [2, 3]) {
    const over = nextEvent(host)
    clock.advance(Date.UTC(2026, 6, day, 1, 29) - clock.wallNow())
    await look(built)
    t.equal(events.length, day - 2, 'not before it')
    clock.advance(MINUTE_MS)
    t.match(await over, { name: 'retention_completed', facts: { outcome: 'done' } })
    await look(built)
  }
  t.strictSame(await left(), [])
  t.equal(events.length, 2)
  t.match(audited[0], { actor: { kind: 'system', name: 'drawbridge' }, source: 'system' })
  t.match(await service.status(), {
    nextStartAt: Date.UTC(2026, 6, 4, 1, 30),
    lastRun: { cause: 'schedule', started_at: Date.UTC(2026, 6, 3, 1, 30) / 1000 },
  })
})

t.test('a run that was missed because the gateway did not run is made up for', async (t) => {
  const { host, clock, storage, log, idOf, left } = buildRetention(t)
  await log(idOf('a.test'), 8 * DAY)
  // The database was made before 03:30 of today, and no run is known.
  await storage.durable([{ sql: 'UPDATE routes SET created_at = ?', params: [NOON / 1000 - DAY] }])
  const over = nextEvent(host)
  clock.advance(MINUTE_MS)
  t.match(await over, { name: 'retention_completed' })
  t.strictSame(await left(), [])
})

t.test('a run made by hand today does not stand for the one of tomorrow morning', async (t) => {
  const { service, run } = buildRetention(t)
  await run()
  t.match(await service.status(), { nextStartAt: Date.UTC(2026, 6, 2, 3, 30), lastRun: { cause: 'request' } })
})

t.test('a run noted in the future, by a clock that was wrong, holds nothing up', async (t) => {
  const { storage, service } = buildRetention(t)
  await storage.durable([
    { sql: 'UPDATE routes SET created_at = ?', params: [NOON / 1000 - DAY] },
    {
      sql: `INSERT INTO retention_proofs (sequence, run, time, kind, outcome, details, previous_hash, hash) VALUES
        (1, 1, ?, 'begin', NULL, '{}', '', 'x'), (2, 1, ?, 'end', 'done', '{}', 'x', 'y')`,
      params: [NOON / 1000 + 400 * DAY, NOON / 1000 + 400 * DAY],
    },
  ])
  t.match(await service.status(), { nextStartAt: Date.UTC(2026, 6, 1, 3, 30) })
})

t.test('while the database is away nothing is tried; once it is back the run is made', async (t) => {
  let problem: string | undefined
  const listeners: (() => void)[] = []
  const built = buildRetention(t, {
    wrapStorage: (storage): Storage => ({
      ...toParts(storage),
      get problem() {
        return problem
      },
      async durable(writes) {
        if (problem !== undefined) throw new Error(problem)
        return storage.durable(writes)
      },
      onReady: (listener) => void listeners.push(listener),
    }),
  })
  const { host, clock, events, service, run } = built
  problem = 'the disk is full'
  clock.advance(24 * HOUR_MS)
  await look(built)
  t.strictSame(events, [])
  await t.rejects(service.status(), { statusCode: 503, message: /the disk is full/ })
  await t.rejects(run(), { code: 'DRAWBRIDGE_RETENTION_STORAGE_AWAY' })
  problem = undefined
  for (const listener of listeners) listener()
  const over = nextEvent(host)
  clock.advance(MINUTE_MS)
  t.match(await over, { name: 'retention_completed' })
})

t.test('a run that stops is tried again after five minutes', async (t) => {
  let isFailing = true
  const built = buildRetention(t, {
    wrapStorage: (storage) => ({
      ...toParts(storage),
      durable: (writes) => (isFailing ? Promise.reject(new Error('no luck')) : storage.durable(writes)),
    }),
  })
  const { host, clock, lines } = built
  const stopped = () => lines.filter((line) => line.startsWith('the retention run stopped')).length
  clock.advance(24 * HOUR_MS)
  await look(built)
  clock.advance(MINUTE_MS)
  await look(built, () => stopped() === 1)
  clock.advance(4 * MINUTE_MS)
  await look(built)
  t.equal(stopped(), 1)
  isFailing = false
  const over = nextEvent(host)
  clock.advance(MINUTE_MS)
  t.match(await over, { name: 'retention_completed' })
})

t.test('without routes nobody knows the periods: nothing is deleted', async (t) => {
  const { live, run, log, clock, left, idOf, storage } = buildRetention(t)
  await log(idOf('a.test'), 8 * DAY)
  live.routes = []
  await t.rejects(run(), { code: 'DRAWBRIDGE_RETENTION_NOT_RUNNING' })
  clock.advance(48 * HOUR_MS)
  await storage.flush()
  t.equal((await left()).length, 1)
})

t.test('a schedule in a route is said to have no effect', async (t) => {
  const { run, lines } = buildRetention(t, { routes: { '': {}, 'a.test': { schedule: '05:00' }, 'b.test': {} } })
  await run()
  t.equal(lines.filter((line) => line.includes('have no effect')).length, 1)
})

/** Lets what the clock has started come to its end: it reads the database, so one more reading comes behind it. */
async function look({ storage }: ReturnType<typeof buildRetention>, holds = () => true): Promise<void> {
  do {
    for (let reads = 0; reads < 4; reads += 1) await storage.all('SELECT 1')
  } while (!holds())
}
