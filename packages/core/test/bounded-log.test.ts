import { createTestClock } from '@drawbridge/plugin-kit/testing'
import t from 'tap'
import { createTestLog, startBackend, startGateway } from '../../../test/support/fixtures.ts'
import { createBoundedLog } from '../src/bounded-log.ts'

const REFUSED = 100
const WRITTEN = 30

t.test('a flood of refused requests writes so many lines a minute, and then how many more there were', async (t) => {
  const clock = createTestClock()
  const { url: backend } = await startBackend(t, (_request, response) => response.end('ok'))
  const { port, log } = await startGateway(t, { routes: { 'a.test': backend }, clock })
  const refusals = () => log.lines.filter(({ facts }) => facts.code === 'DRAWBRIDGE_CORE_UNKNOWN_HOST')
  for (let i = 0; i < REFUSED; i += 1) await fetch(`http://127.0.0.1:${port}/${i}`)
  t.equal(refusals().length, WRITTEN)
  clock.advance(60_000)
  t.match(refusals().at(-1), {
    level: 'info',
    facts: { more: REFUSED - WRITTEN },
    message: /^70 more in this minute: /,
  })
  await fetch(`http://127.0.0.1:${port}/later`)
  t.equal(refusals().length, WRITTEN + 2, 'the next minute begins anew')
})

t.test('what one route writes leaves the lines of others and other causes alone', async (t) => {
  const log = createTestLog()
  const bounded = createBoundedLog(log, createTestClock())
  for (let i = 0; i < REFUSED; i += 1) bounded.warn({ host: 'a.test', code: 'X' }, 'x')
  bounded.warn({ host: 'b.test', code: 'X' }, 'x')
  bounded.warn({ host: 'a.test', code: 'Y' }, 'y')
  t.equal(log.lines.length, WRITTEN + 2)
})

t.test('kinds beyond all bounds are counted together', async (t) => {
  const log = createTestLog()
  const clock = createTestClock()
  const bounded = createBoundedLog(log, clock)
  for (let i = 0; i < 2000; i += 1) bounded.info({ code: `X${i}` }, 'x')
  t.equal(log.lines.length, 500 + WRITTEN)
  clock.advance(60_000)
  t.equal(log.lines.at(-1)?.message, '1470 more in this minute: various')
})

t.test('a gateway that stops says how many lines it did not write', async (t) => {
  const log = createTestLog()
  const bounded = createBoundedLog(log, createTestClock())
  for (let i = 0; i < REFUSED; i += 1) bounded.error({ host: 'a.test' }, 'x')
  bounded.stop()
  t.equal(log.lines.at(-1)?.message, '70 more in this minute: x')
})
