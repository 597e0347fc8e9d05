/** What policy takes a path for, whatever is sent. `npm run fuzz` runs 100,000 cases of each property. */
import { RequestRecord } from '@drawbridge/plugin-kit'
import fc from 'fast-check'
import t from 'tap'
import { createProxyTrust } from '../../packages/core/src/client-address.ts'
import { normalisePath } from '../../packages/core/src/normalise-path.ts'
import { readRequestHead } from '../../packages/core/src/request-head.ts'
import { backendReadings } from './path-readings.ts'

const CASES = Number(process.argv[2] ?? 2000)
const SEPARATORS = ['/', '/', '/', '//', '\\', '%2f', '%5C', '%ef%bc%8f', '%EF%BC%BC']
const PIECES = [
  ...['a', 'B', 'admin', 'public', '.', '..', '...', '.a', 'a.', '', ';', ';x', 'a;x=1', '..;', '.;x', '%2e', '%2E%2e'],
  ...['%61dmin', '%20', '%00', '%0a', '%c3%a9', '%c3', '%ff', '%c0%ae', '%ef%bc%8e', '%252e', '%252f', '%2561', '%25'],
  ...['%3b', '%23', '%3f', '%', '%zz', '~', '\t', 'é', '#', ' ', '..%252f', '%c2%85'],
]
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.constantFrom(...SEPARATORS), fc.string({ maxLength: 3 })), {
    maxLength: 14,
  })
  .map((parts) => `/${parts.join('')}`)
/** Mostly acceptable, so that the properties of accepted paths have something to hold for. */
const walk = fc
  .array(
    fc.tuple(fc.constantFrom('a', 'b', 'admin', '..', '..', '.', '', ';x', 'c;x'), fc.constantFrom(...SEPARATORS)),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map((parts) => `/${parts.flat().join('')}`)
const target = fc.oneof(hostile, walk)

/** A segment of plain characters that is no dot segment. */
const segment = fc.stringMatching(/^[A-Za-z0-9~_.-]{1,8}$/).filter((text) => !/^\.\.?$/.test(text))
/** Ways to write one path: how to write each character, what to put in front of and behind each segment. */
const segments = fc.array(segment, { minLength: 1, maxLength: 6 })
const characters = fc.array(fc.constantFrom('as-is', 'upper', 'lower', 'percent', 'PERCENT'), {
  minLength: 48,
  maxLength: 48,
})
// What is ambiguous before a dot segment is refused, and in parameters an encoded slash is none.
const STYLES = [
  { separators: ['/', '//', '/./', '///'], ends: ['', ';', ';v=1', ';a;b=%2e'] },
  { separators: ['/', '/./', '/x/../', '/x/y/../../'], ends: ['', ';v=1'] },
  { separators: ['/', '//', '\\', '%2F', '%5c', '%ef%bc%8f', '%EF%BC%BC', '%2f.%2f'], ends: [''] },
] as const
const spelling = fc.constantFrom(...STYLES).chain(({ separators, ends }) => {
  const six = <T extends string>(of: readonly T[]) => fc.array(fc.constantFrom(...of), { minLength: 6, maxLength: 6 })
  const query = fc.constantFrom('', '?', '?/../x', '?%zz')
  return fc.record({ segments, characters, before: six(separators), after: six(ends), query })
})

t.test('whatever is sent, a path that is accepted has one plain form', async () => {
  check(target, (sent) => {
    const path = normalisePath(sent)
    if (path === undefined) return true
    const hasDots = path.split('/').some((part) => part === '.' || part === '..')
    return path.startsWith('/') && !path.includes('//') && !hasDots && !/[\0-\x1f\x7f-\x9f\\]/.test(path)
  })
})

t.test('the plain form of a plain form is itself', async () => {
  check(target, (sent) => {
    const path = normalisePath(sent)
    return path === undefined || normalisePath(encode(path)) === path
  })
})

t.test('every way to spell a path comes to the same policy', async () => {
  check(spelling, ({ segments, characters, before, after, query }) => {
    let at = 0
    const spell = (text: string) => [...text].map((character) => write(character, characters[at++ % 48])).join('')
    const parts = segments.map(
      (text, index) => `${index === 0 ? '/' : before[index]}${avoidDots(text, spell(text))}${after[index]}`,
    )
    const expected = `/${segments.join('/')}`.toLowerCase()
    return normalisePath(parts.join('') + query)?.toLowerCase() === expected
  })
})

t.test('no backend that resolves an accepted path in its own way gets to another one than policy saw', async () => {
  check(target, (sent) => {
    // To some that is a parameter, to others no slash, and nobody takes it for the parent of what follows.
    const path = /;[^/]*%(?:2f|5c|ef%bc%8f|ef%bc%bc)/i.test(sent) ? undefined : normalisePath(sent)
    return path === undefined || backendReadings(sent).every((reading) => reading === withoutEnd(path))
  })
})

t.test('a target with the host in front is read as the path alone is, and the query never matters', async () => {
  check(
    fc.tuple(target, fc.constantFrom('http', 'HTTPS'), fc.constantFrom('', '?a=/../b', '?%00')),
    ([sent, scheme, query]) => {
      const [bare = ''] = sent.split(/[?#]/)
      const absolute = read(`${scheme}://App.test${bare}${query}`)
      const plain = read(bare + query)
      return (
        absolute.policyPath === plain.policyPath && (absolute.refusal === undefined) === (plain.refusal === undefined)
      )
    },
  )
})

t.test('no target of any form makes reading it throw, and what is refused leaves nothing to decide on', async () => {
  check(fc.oneof(target, fc.string({ maxLength: 40 }), fc.webUrl()), (sent) => {
    const { refusal, policyPath } = read(sent)
    return refusal === undefined ? policyPath.startsWith('/') : policyPath === '/'
  })
})

function check<T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => boolean): void {
  fc.assert(fc.property(arbitrary, holds), { numRuns: CASES })
}

function read(sent: string): RequestRecord {
  const rawHeaders = ['Host', 'app.test']
  const facts = { method: 'GET', target: sent, rawHeaders, httpVersion: '1.1', peerAddress: '127.0.0.1', startedAt: 0 }
  const record = new RequestRecord(facts)
  readRequestHead(record, { url: sent } as never, { trust: createProxyTrust([]), viaName: 'drawbridge-0' })
  return record
}

/** A path in plain form as a client would send it; `%3b` in it stands for a semicolon that is no parameter. */
function encode(path: string): string {
  return path
    .split('/')
    .map((part) => part.split('%3b').map(encodeURIComponent).join('%3b'))
    .join('/')
}

function write(character: string, how = 'as-is'): string {
  if (how === 'upper') return character.toUpperCase()
  if (how === 'lower') return character.toLowerCase()
  const hex = character.charCodeAt(0).toString(16)
  if (how === 'as-is') return character
  return `%${how === 'percent' ? hex : hex.toUpperCase()}`
}

/** Encoded dots are refused where they are all of a segment, which `segment` never is. */
function avoidDots(text: string, spelled: string): string {
  return /^\.+$/.test(text) ? text : spelled
}

function withoutEnd(path: string): string {
  return path === '/' ? path : path.replace(/\/$/, '')
}
