import { MinuteCounter } from '@drawbridge/plugin-kit'
import t from 'tap'

t.test('counts within a minute and begins anew with the next, also where the clock is set back', async (t) => {
  const counter = new MinuteCounter()
  t.same(
    [60_000, 60_001, 119_999].map((now) => counter.next(now)),
    [1, 2, 3],
  )
  t.equal(counter.next(120_000), 1)
  t.equal(counter.next(60_000), 1)
})
