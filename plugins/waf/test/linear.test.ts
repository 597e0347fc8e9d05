import t from 'tap'
import { compileRuleset, inspectRequest } from '../src/index.ts'

const SMALL = 35_000
const FACTOR = 4
/** Too little to tell how it grows on a busy machine; quadratic time takes seconds. */
const HARMLESS_MS = 60
const CONTENT_TYPES = ['text/plain', 'application/json', 'application/x-www-form-urlencoded', 'application/xml']
const UNITS = [
  ...[
    '$' + '{',
    '{{',
    "'",
    '"',
    '<',
    '<a ',
    '<a "',
    "or '",
    'or(',
    '../',
    '..%',
    '%',
    '%u',
    '&#',
    '&lt',
    '\\u',
    'on',
    'onx=',
    ' or ',
    'select ',
  ],
  ...[
    'union ',
    "' or ",
    '/*',
    '((',
    ')(',
    '@@',
    '|| ',
    '; cat ',
    '`',
    '$(',
    '\n',
    'a=&',
    '&',
    '="',
    '{"',
    '["',
    'data:',
    't :',
    'etc/',
    '\ufffd',
  ],
  ...['case when ', 'select a,', '\\"a', 'a/*', 'a<b>', 'http://a/?', ', "http://a"', 'a;', '--x', '<!', '<![CDATA['],
]

t.test('four times the body takes about four times the time, not sixteen', async (t) => {
  const ruleset = compileRuleset()
  for (const unit of UNITS) {
    for (const contentType of CONTENT_TYPES) {
      const grows = () => {
        const small = millis(() => inspect(contentType, unit, SMALL))
        return millis(() => inspect(contentType, unit, SMALL * FACTOR)) < Math.max(small * 10, HARMLESS_MS)
      }
      // Other work on the machine can spoil a round or two, quadratic time spoils all of them.
      t.ok(Array.from({ length: 8 }).some(grows), `${JSON.stringify(unit)} as ${contentType}`)
    }
  }

  function inspect(contentType: string, unit: string, size: number): void {
    const text = unit.repeat(Math.ceil(size / unit.length)).slice(0, size)
    const body = Buffer.from(contentType === 'application/json' ? JSON.stringify({ text }) : text)
    inspectRequest({ method: 'POST', path: '/', query: '', headers: ['Content-Type', contentType], body }, ruleset)
  }
})

t.test('fifty custom rules that hang other engines take no more time than there is for all of them', async (t) => {
  const patterns = ['(a+)+$', '(a|a)*b', '(?:a?){30}a{30}', '(.*a){12}', '([a-z]+)*=', '(x+x+)+y']
  const customRules = Array.from({ length: 50 }, (_, index) => ({
    id: `own-${index}`,
    pattern: patterns[index % patterns.length] ?? '',
  }))
  const ruleset = compileRuleset({ customRules })
  for (const unit of ['a', 'x', 'a=&']) {
    const inspect = (size: number) => {
      const headers = ['Content-Type', 'application/x-www-form-urlencoded']
      const body = Buffer.from(unit.repeat(size / unit.length))
      inspectRequest({ method: 'POST', path: '/', query: '', headers, body }, ruleset)
    }
    const isBounded = () => {
      const small = millis(() => inspect(SMALL))
      return millis(() => inspect(SMALL * FACTOR)) < Math.max(small * 10, HARMLESS_MS)
    }
    t.ok(Array.from({ length: 8 }).some(isBounded), unit)
  }
})

function millis(run: () => void): number {
  const started = performance.now()
  run()
  return performance.now() - started
}
