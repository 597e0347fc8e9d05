import t from 'tap'
import { compileRuleset, inspectRequest, type Match, RULES } from '../src/index.ts'

const ruleset = compileRuleset({ sensitivity: 'high' })

t.test('every rule has a name of its own and says why it exists', async (t) => {
  t.equal(new Set(RULES.map(({ id }) => id)).size, RULES.length)
  for (const { id, why, score } of RULES) {
    t.match(id, /^[a-z]+(?:-[a-z]+)+$/)
    t.match(why, /^[A-Z$_].{20,}\.$/, id)
    t.ok(Number.isInteger(score) && score >= 1 && score <= 8, `${id} scores ${score}`)
  }
})

for (const { id, example, counterExample } of RULES) {
  t.test(`${id} finds its example and passes what only looks like it`, async (t) => {
    t.ok(found(example).has(id), example)
    t.notOk(found(counterExample).has(id), counterExample)
  })
}

/** The rules that fire for a text as a value, a name, a user agent, a content type and, where it may be one, a path. */
function found(text: string): Set<string> {
  const coded = encodeURIComponent(text)
  const requests = [
    { query: `q=${coded}`, headers: [] },
    { query: `${coded}=1`, headers: [] },
    { query: '', headers: ['User-Agent', text] },
    { query: '', headers: ['Content-Type', text] },
    { query: '', headers: [], path: text.startsWith('/') ? text : '/' },
  ]
  const matches: Match[] = requests.flatMap((parts) => [
    ...inspectRequest({ method: 'GET', path: '/', ...parts }, ruleset).matches,
  ])
  return new Set(matches.map(({ rule }) => rule.id))
}
