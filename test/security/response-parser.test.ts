import t from 'tap'
import { findDifference, fuzzResponses } from './response-fuzz.ts'
import { readByGateway, readByNode } from './response-readings.ts'
import { RESPONSE_SEEDS } from './response-seeds.ts'

// The long run is `mutate.ts`; this one keeps what it found from coming back.
const COUNT = 2000
const SEED = 20_261_122

t.test('good answers are read as Node reads them', async (t) => {
  for (const bytes of RESPONSE_SEEDS) {
    for (const method of ['GET', 'HEAD']) {
      const ours = readByGateway(bytes, method)
      const theirs = await readByNode(bytes, method)
      const problem = ours && theirs ? findDifference(ours, theirs) : 'one of them refuses it'
      t.equal(problem, undefined, `${method}: ${JSON.stringify(bytes)}`)
    }
  }
})

t.test('whatever else is read, Node reads the same', async (t) => {
  const { violations, ...figures } = await fuzzResponses(COUNT, SEED)
  t.comment(figures)
  t.same(violations, [])
  t.ok(figures.same > COUNT / 4, 'enough of them were read at all')
})
