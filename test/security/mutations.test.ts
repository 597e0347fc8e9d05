import t from 'tap'
import { fuzzRequests } from './request-fuzz.ts'

// The long run is `mutate.ts`; this one keeps what it found from coming back.
const COUNT = 500
const SEED = 20_261_122

t.test('mutated requests never mean two things', async (t) => {
  const { violations, ...figures } = await fuzzRequests(t, COUNT, SEED)
  t.comment(figures)
  t.same(violations, [])
  t.ok(figures.forwarded > COUNT / 10, 'enough of them got through to the backend')
})
