import t from 'tap'
import { makeRedactor } from './support/make-redactor.ts'

const CASES = 2000
/** What the scanners look at, in pieces that break off where they should not. */
const PIECES = [
  ...'aZ09 .:@/%=&;?#[](){}<>"\'\\,-_+|~$!*\n\t\0é端💥',
  '\ud800',
  '\udc00',
  '%4',
  '%40',
  '%2540',
  '%zz',
  '%u0040',
  '&#64;',
  '(at)',
  '::',
  'fe80::1',
  '1.2.3.4',
  '203.0.113.45',
  '::ffff:',
  'http://',
  'https://u:p@',
  'eyJ',
  'eyJhbGciOiJI.x.',
  'Bearer ',
  'Basic ',
  'token=',
  '"password":"',
  'Cookie: ',
  '-----BEGIN ',
  '-----END ',
  '-----',
  'ghp_',
  'sk-',
  'AKIA',
  'reset/',
  'a1b2c3d4e5f6',
  'jane@example.org',
  '[REDACTED]',
  '$1',
  'cust-123',
]

t.test('takes whatever comes: 2,000 random texts, every method, with and without rules of its own', async (t) => {
  const redactors = [
    makeRedactor(),
    makeRedactor({ mask_ip_method: 'zero', mask_ipv6_prefix: 48, safe_defaults: false }),
    makeRedactor({
      redact_patterns: [
        { pattern: 'cust-\\d+', replacement: '<$0$$' },
        { pattern: '(?i)(.)\\x{FFFD}?(a|aa)+$', replacement: '$2' },
      ],
      redact_paths: [{ pattern: '/[^/]*\\.\\w' }],
    }),
  ]
  const random = createRandom(20_261_123)
  const failures: string[] = []
  for (let i = 0; i < CASES; i += 1) {
    const text = Array.from({ length: 1 + (random() % 40) }, () => PIECES[random() % PIECES.length]).join('')
    for (const { address, parsableAddress, pseudonym, path, query, referrer, header, text: redact } of redactors) {
      try {
        const shown = [address(text), parsableAddress(text), pseudonym(text), path(text), query(text), referrer(text)]
        shown.push(header(text, text), header('user-agent', text), redact(text))
        if (shown.some((part) => typeof part !== 'string')) failures.push(`no text: ${JSON.stringify(text)}`)
      } catch (error) {
        failures.push(`${JSON.stringify(text)}: ${error}`)
      }
    }
  }
  t.strictSame(failures, [])
})

t.test('finds a secret between whatever stands around it: 2,000 random surroundings', async (t) => {
  const redactor = makeRedactor()
  const random = createRandom(16)
  // What cannot be part of the secret itself, nor open a quotation.
  const around = [' ', ', ', '\n', '; ', ' (', ') ', ' x ', ' : ', ' 12 ', ' é ', ' 端 ', ' %zz ', ' a.b ', ' [] ']
  const secrets = [
    'jane.doe@example.org',
    '203.0.113.45',
    '2001:db8::42',
    'password=canary',
    'Bearer canary123',
    'ghp_canary1234567890',
    'https://jane:canary@a.test/',
  ]
  const needle = /jane|203\.0\.113\.45|::42|canary/
  const failures: string[] = []
  for (let i = 0; i < CASES; i += 1) {
    const noise = () => Array.from({ length: random() % 6 }, () => around[random() % around.length]).join('')
    const text = `${noise()} ${secrets[random() % secrets.length]} ${noise()}`
    if (needle.test(redactor.text(text)))
      failures.push(`${JSON.stringify(text)} -> ${JSON.stringify(redactor.text(text))}`)
  }
  t.strictSame(failures, [])
})

t.test(
  'remembers nothing wrong: asked twice, and in between thousands of other things, it answers the same',
  async (t) => {
    const redactor = makeRedactor()
    const paths = Array.from({ length: 3000 }, (_, i) => `/reset/token${i + 1000}/x/${i}`)
    const first = paths.map((path) => redactor.path(path))
    t.strictSame(
      paths.map((path) => redactor.path(path)),
      first,
    )
    t.equal(first[7], '/reset/[TOKEN]/x/7')
  },
)

/** Numbers that are the same in every run (xorshift). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}
