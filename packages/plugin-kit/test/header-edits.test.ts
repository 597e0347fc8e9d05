import { compileHeaderEdits, dropHeader, type HeaderEdit, headerValue, RequestRecord } from '@drawbridge/plugin-kit'
import t from 'tap'

function makeRecord(path = '/'): RequestRecord {
  const record = new RequestRecord({
    method: 'GET',
    target: '/',
    rawHeaders: [],
    httpVersion: '1.1',
    peerAddress: '127.0.0.1',
    startedAt: 0,
  })
  record.path = path
  return record
}

interface EditCase {
  readonly title: string
  readonly edits: readonly HeaderEdit[]
  readonly before: readonly string[]
  readonly after: readonly string[]
}

const set = (name: string, value: string): HeaderEdit => ({ operation: 'set', name, value })
const append = (name: string, value: string): HeaderEdit => ({ operation: 'append', name, value })
const merge = (name: string, value: string): HeaderEdit => ({ operation: 'merge', name, value })
const fallback = (name: string, value: string): HeaderEdit => ({ operation: 'default', name, value })
const remove = (name: string): HeaderEdit => ({ operation: 'remove', name })

const CASES: readonly EditCase[] = [
  {
    title: 'set replaces every header of the name, however it is spelled',
    edits: [set('X-A', 'new')],
    before: ['x-a', '1', 'Date', 'now', 'X-A', '2'],
    after: ['Date', 'now', 'X-A', 'new'],
  },
  { title: 'set adds where there is none', edits: [set('X-A', 'new')], before: [], after: ['X-A', 'new'] },
  {
    title: 'append leaves what is there',
    edits: [append('Set-Cookie', 'c=3')],
    before: ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'],
    after: ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Set-Cookie', 'c=3'],
  },
  {
    title: 'default yields to what is there, even to an empty value',
    edits: [fallback('X-A', 'mine'), fallback('X-B', 'mine')],
    before: ['x-a', ''],
    after: ['x-a', '', 'X-B', 'mine'],
  },
  {
    title: 'remove drops all of a name and nothing else',
    edits: [remove('Server'), remove('X-Powered-By')],
    before: ['SERVER', 'a', 'Date', 'now', 'x-powered-by', 'b', 'Accept', 'c', 'server', 'd'],
    after: ['Date', 'now', 'Accept', 'c'],
  },
  {
    title: 'merge puts a member into the list that is there',
    edits: [merge('Vary', 'Origin')],
    before: ['vary', 'Accept-Encoding'],
    after: ['vary', 'Accept-Encoding, Origin'],
  },
  {
    title: 'merge adds nothing that a second line of the list has',
    edits: [merge('Vary', 'Origin')],
    before: ['Vary', 'Accept', 'Vary', 'Cookie, origin'],
    after: ['Vary', 'Accept', 'Vary', 'Cookie, origin'],
  },
  {
    title: 'merge knows that * is everything',
    edits: [merge('Vary', 'Origin')],
    before: ['Vary', '*'],
    after: ['Vary', '*'],
  },
  {
    title: 'merge begins a list where there is none, or an empty one',
    edits: [merge('Vary', 'Origin'), merge('Link', 'x')],
    before: ['Link', ''],
    after: ['Link', 'x', 'Vary', 'Origin'],
  },
  {
    title: 'two members are merged into one list',
    edits: [merge('Vary', 'Origin'), merge('Vary', 'Accept')],
    before: [],
    after: ['Vary', 'Origin, Accept'],
  },
  {
    title: 'edits of one name follow each other',
    edits: [set('X-A', '1'), fallback('X-A', '2'), append('x-a', '3')],
    before: ['X-A', '0'],
    after: ['X-A', '1', 'x-a', '3'],
  },
  {
    title: 'what one edit put there a later one can drop',
    edits: [fallback('X-A', '1'), append('X-A', '2'), remove('X-A')],
    before: [],
    after: [],
  },
  {
    title: 'an empty value leaves the header out, also where it replaces one',
    edits: [set('X-A', ''), append('X-B', '')],
    before: ['X-A', '1'],
    after: [],
  },
  {
    title: 'names of one length, or of lengths 64 apart, are told from each other',
    edits: [remove('X-A'), remove('X-C'), set(`X-${'b'.repeat(65)}`, 'long')],
    before: ['X-B', '1', 'X-C', '2', `X-${'a'.repeat(65)}`, '3'],
    after: ['X-B', '1', `X-${'a'.repeat(65)}`, '3', `X-${'b'.repeat(65)}`, 'long'],
  },
]

for (const { title, edits, before, after } of CASES) {
  t.test(title, async (t) => {
    const headers = [...before]
    compileHeaderEdits(edits)?.(headers, makeRecord())
    t.strictSame(headers, after)
  })
}

t.test('no edits compile to nothing', async (t) => {
  t.equal(compileHeaderEdits([]), undefined)
})

t.test('remembers nothing from one message to the next', async (t) => {
  const edit = compileHeaderEdits([fallback('X-A', 'mine'), remove('X-B')])
  const first = ['X-A', 'theirs', 'X-B', '1']
  const second = ['Date', 'now']
  edit?.(first, makeRecord())
  edit?.(second, makeRecord())
  t.strictSame(first, ['X-A', 'theirs'])
  t.strictSame(second, ['Date', 'now', 'X-A', 'mine'])
})

t.test('an edit with a condition leaves everything alone where the condition does not hold', async (t) => {
  const edit = compileHeaderEdits([
    { ...set('X-A', 'mine'), when: ({ path }) => path === '/yes' },
    { ...remove('X-B'), when: (_record, status) => status === 200 },
  ])
  const cases = [
    { path: '/no', status: 404, after: ['X-A', '1', 'X-B', '2'] },
    { path: '/yes', status: 404, after: ['X-B', '2', 'X-A', 'mine'] },
    { path: '/no', status: 200, after: ['X-A', '1'] },
  ]
  for (const { path, status, after } of cases) {
    const headers = ['X-A', '1', 'X-B', '2']
    edit?.(headers, makeRecord(path), status)
    t.strictSame(headers, after)
  }
})

t.test('a condition on a request sees status 0', async (t) => {
  const seen: number[] = []
  const edit = compileHeaderEdits([{ ...set('X-A', '1'), when: (_record, status) => seen.push(status) > 0 }])
  edit?.([], makeRecord())
  t.strictSame(seen, [0])
})

t.test('no run-time value can end a header or hold more than printable ASCII', async (t) => {
  const edit = compileHeaderEdits([{ operation: 'set', name: 'X-Path', value: ({ path }) => path }])
  const cases = {
    '/plain and simple': '/plain and simple',
    '/a\r\nSet-Cookie: b': '/a%0D%0ASet-Cookie: b',
    '/nul\0tab\tdel\x7f': '/nul%00tab%09del%7F',
    '/grüße/€/😀': '/gr%C3%BC%C3%9Fe/%E2%82%AC/%F0%9F%98%80',
    '/half\ud83d': '/half%EF%BF%BD',
  }
  for (const [path, sent] of Object.entries(cases)) {
    const headers: string[] = []
    edit?.(headers, makeRecord(path))
    t.strictSame(headers, ['X-Path', sent])
  }
})

t.test('dropHeader and headerValue compare names without case', async (t) => {
  const headers = ['X-A', '1', 'Date', 'now', 'x-a', '2']
  t.equal(headerValue(headers, 'x-a'), '1')
  t.equal(headerValue(headers, 'x-b'), undefined)
  dropHeader(headers, 'x-a')
  t.strictSame(headers, ['Date', 'now'])
})
