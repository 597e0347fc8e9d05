/** Random and hostile input: nothing throws, hangs or grows. More cases: `node --conditions=@drawbridge/source plugins/waf/test/fuzz.test.ts 100000`. */
import fc from 'fast-check'
import t from 'tap'
import { LayerDecoder } from '../src/decode/layer.ts'
import { SqlCursor, TOKEN } from '../src/detect/sql-cursor.ts'
import { compileRuleset, inspectRequest, ValueInspector } from '../src/index.ts'
import { Scanner } from '../src/scan/scanner.ts'

const CASES = Number(process.argv[2] ?? 2000)
const PIECES = [
  ...'\'"`<>;|&$',
  ...'{}()[].:%\\/*#!=?\n @+-,',
  ...[
    'union',
    'select',
    ' or ',
    ' and ',
    'on',
    'onx=',
    'script',
    'javascript:',
    '..',
    '../',
    '%25',
    '%u0027',
    '&#x3c;',
    '&lt',
  ],
  ...[
    '\\u003c',
    '/*',
    '*/',
    '--',
    '0x2e',
    'etc',
    'passwd',
    '\ufffd',
    '\u200b',
    'é',
    '\ud83d',
    '{"',
    '"}',
    'a=1&',
    '\0',
    '$(',
    `\${`,
    'cat ',
  ],
]
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 60 })
  .map((parts) => parts.join(''))
const CONTENT_TYPES = [
  'application/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=a',
  'application/xml',
  'text/plain',
  '',
]

t.test('the decoder takes anything, and its answer is never longer', async () => {
  const decoder = new LayerDecoder()
  fc.assert(
    fc.property(hostile, fc.boolean(), (text, plusIsBlank) => {
      return decoder.decode(text, { start: 0, end: text.length, plusIsBlank }).length <= text.length
    }),
    { numRuns: CASES },
  )
})

t.test('the tokenizer always goes forwards and comes to an end', async () => {
  const cursor = new SqlCursor()
  fc.assert(
    fc.property(hostile, fc.nat(60), (text, from) => {
      const start = Math.min(from, text.length)
      cursor.reset(text, start, text.length)
      for (let tokens = 0, at = start; !cursor.is(TOKEN.end) && !cursor.is(TOKEN.comment); tokens++) {
        if (tokens > text.length || cursor.at <= at) return false
        at = cursor.at
        cursor.next()
      }
      return cursor.at <= text.length + 2
    }),
    { numRuns: CASES },
  )
})

t.test('the scanner finds anchors in order and inside the value', async () => {
  const scanner = new Scanner()
  fc.assert(
    fc.property(hostile, fc.nat(20), fc.nat(20), (text, before, after) => {
      const start = Math.min(before, text.length)
      const end = Math.max(start, text.length - after)
      scanner.scan(text, start, end)
      const places = [...scanner.places.subarray(0, scanner.count)]
      return places.every((place, index) => place >= start && place < end && place >= (places[index - 1] ?? 0))
    }),
    { numRuns: CASES },
  )
})

t.test('a whole request of anything gets a verdict', async () => {
  const ruleset = compileRuleset()
  fc.assert(
    fc.property(
      hostile,
      hostile,
      fc.constantFrom(...CONTENT_TYPES),
      fc.uint8Array({ maxLength: 200 }),
      (one, two, contentType, bytes) => {
        const body = Buffer.concat([Buffer.from(two), bytes])
        const headers = ['Cookie', one, 'X-Other', two, 'Content-Type', contentType]
        const verdict = inspectRequest({ method: 'POST', path: `/${one}`, query: two, headers, body }, ruleset)
        return verdict.score >= 0 && verdict.isAttack === verdict.score >= 5 && verdict.matches.length <= 60
      },
    ),
    { numRuns: CASES },
  )
})

/** Any pattern that RE2 may be given: nested repetitions, alternatives and classes; and look-aheads and references, which it does not know. */
const { pattern } = fc.letrec<{ pattern: string; part: string; piece: string }>((tie) => ({
  piece: fc.constantFrom(
    ...'ab. ',
    '\\d',
    '\\w',
    '[^a]',
    '[a-c]',
    '\\b',
    '^',
    '$',
    '\\x27',
    'é',
    '(?i)s',
    'union',
    '(?=a)',
    '\\1',
  ),
  part: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('piece'),
    fc
      .tuple(tie('part'), fc.constantFrom('*', '+', '?', '{2}', '{0,9}', '*?'))
      .map(([part, sign]) => `(?:${part})${sign}`),
    fc.tuple(tie('part'), tie('part')).map(([one, two]) => `(${one}|${two})`),
    fc.tuple(tie('part'), tie('part')).map(([one, two]) => one + two),
  ),
  pattern: fc.array(tie('part'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('').slice(0, 500)),
}))

t.test('a custom rule of any pattern is refused when it is made or gives every request a verdict', async (t) => {
  const inspector = new ValueInspector()
  let made = 0
  fc.assert(
    fc.property(pattern, hostile, hostile, fc.constantFrom('query' as const, undefined), (source, one, two, part) => {
      const customRules = compiles(source) ? [{ id: 'own', pattern: source, ...(part && { part }) }] : []
      made += customRules.length
      const ruleset = compileRuleset({ customRules }, inspector)
      const request = { method: 'POST', path: `/${one}`, query: two, headers: ['X-Other', one], body: Buffer.from(two) }
      const { score, isAttack, matches } = inspectRequest(request, ruleset)
      const isFound = matches.some(({ rule, part: found }) => rule.id === 'own' && (part ?? found) === found)
      return isAttack === score >= 5 && (isFound || !matches.some(({ rule }) => rule.id === 'own'))
    }),
    { numRuns: CASES },
  )
  t.ok(made > 0 && made < CASES, `${made} of ${CASES} patterns are ones`)
})

function compiles(source: string): boolean {
  try {
    compileRuleset({ customRules: [{ id: 'own', pattern: source }] })
    return true
  } catch {
    return false
  }
}
