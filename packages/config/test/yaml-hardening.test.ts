import t from 'tap'
import { inShort, loadRoute, loadText } from './support/load-text.ts'

const base = 'host: a.example\nbackend: demo\n'
const bomb = [...'bcdefghij'].map((name, index) => {
  const below = 'abcdefghij'[index]
  return `${name}: &${name} [${Array(10).fill(`*${below}`).join(',')}]\n`
})

t.test('files that are not plain YAML 1.2 give clear errors', async (t) => {
  for (const [title, text, expected] of [
    [
      'a tab',
      `${base}limits:\n\tmax: 1\n`,
      ['error[yaml-syntax] route.yaml:4:1 tabs are not allowed as indentation | indent with spaces'],
    ],
    [
      'a colon',
      `${base}app: a: b\n`,
      [
        'error[yaml-syntax] route.yaml:3:6 a value cannot hold a ": " of its own | put a value that contains ": " in quotes',
      ],
    ],
    [
      'a line without colon',
      `${base}nothing\n`,
      ['error[yaml-syntax] route.yaml:3:1 this line is no "key: value" | write "key: value"'],
    ],
    [
      'a line without colon before others',
      `${base}nothing\napp: x\n`,
      ['error[yaml-syntax] route.yaml:3:1 this line is no "key: value" | write "key: value"'],
    ],
    [
      'a colon without a space',
      'host:a.example\nbackend: demo\n',
      ['error[yaml-syntax] route.yaml:1:1 there is no space behind "host:" | write "host: a.example"'],
    ],
    [
      'a key indented below one that has a value',
      'host: a.example\n backend: demo\n',
      [
        'error[yaml-syntax] route.yaml:2:2 this line is indented below a key that has a value already | begin it in the column of the key above, or remove the value there',
      ],
    ],
    [
      'keys in different columns',
      `${base}limits:\n   a: 1\n  b: 2\n`,
      ['error[yaml-syntax] route.yaml:5:3 this line begins in another column than the keys beside it'],
    ],
    [
      'an open list',
      'host: [a.example, b.example\nbackend: demo\n',
      ['error[yaml-syntax] route.yaml:2:1 the list opened with [ does not end with ]'],
    ],
    [
      'a wildcard without quotes',
      'host: *.a.example\nbackend: demo\n',
      [
        'error[yaml-alias] route.yaml:1:7 there is no anchor &.a.example before this alias | put it in quotes: "*.a.example"',
      ],
    ],
    ['an open quote', `${base}app: "x\n`, ['error[yaml-syntax] route.yaml:3:6 this " is not closed']],
    [
      'an unquoted interpolation in braces',
      `${base}limits: { max_request_body: \${env:X} }\n`,
      [
        'error[yaml-syntax] route.yaml:3:30 unexpected flow-map-start at node end | inside { } and [ ], put an interpolation in quotes',
      ],
    ],
    [
      'a tag',
      `${base}app: !x y\n`,
      [
        'error[yaml-tag] route.yaml:3:6 tags (words with ! before a value) have no meaning here | put the value in quotes if the ! belongs to it',
      ],
    ],
    [
      'a known tag',
      `${base}app: !!binary aGk=\n`,
      [
        'error[yaml-tag] route.yaml:3:6 tags (words with ! before a value) have no meaning here | put the value in quotes if the ! belongs to it',
      ],
    ],
    [
      'an alias to nowhere',
      `${base}app: *x\n`,
      [
        'error[yaml-alias] route.yaml:3:6 there is no anchor &x before this alias | anchors end with their document, at "---"',
      ],
    ],
    [
      'an alias to itself',
      `${base}app: &a [*a]\n`,
      ['error[yaml-alias] route.yaml:3:10 the block &a cannot contain itself'],
    ],
    [
      'an alias bomb',
      `${base}a: &a [x,x,x,x,x,x,x,x,x,x]\n${bomb.join('')}`,
      ['error[too-many-values] route.yaml:3:20 the file has more than 100000 values, aliases followed'],
    ],
    [
      'merge keys',
      `${base}limits: &l { max_request_body: 1 }\ntimeouts:\n  <<: *l\n`,
      [
        'error[unknown-key] route.yaml:5:3 merge keys (<<) are not read | put what routes share under "defaults:" in drawbridge.yaml',
      ],
    ],
    [
      'YAML 1.1',
      `%YAML 1.1\n---\n${base}`,
      ['error[yaml-syntax] route.yaml:1:1 only YAML 1.2 is read | remove the %YAML line'],
    ],
    [
      'deep nesting',
      `${base}app: ${'['.repeat(40)}${']'.repeat(40)}\n`,
      ['error[too-deep] route.yaml:3:38 blocks are nested more than 32 deep'],
    ],
    [
      'a list',
      '- a\n',
      ['error[wrong-type] route.yaml:1:1 a document must be a block of keys, such as "host: example.org"'],
    ],
    [
      'a word',
      'hello\n',
      ['error[wrong-type] route.yaml:1:1 a document must be a block of keys, such as "host: example.org"'],
    ],
  ] as const)
    t.strictSame(inShort(loadRoute(text)), expected, title)
})

t.test('absurd nesting ends in an error, not in a crash', async (t) => {
  for (const text of ['['.repeat(100_000), '{a: '.repeat(50_000), `\n${'- '.repeat(20_000)}`]) {
    const result = loadRoute(`${base}app: ${text}`)
    t.match(inShort(result)[0], /^error\[too-deep\]/)
    t.notOk(result.config)
  }
})

t.test('keys that reach a prototype are refused wherever they stand', async (t) => {
  const result = loadRoute(
    `${base}__proto__: { polluted: 1 }\nheaders: { request: { add: { constructor: x, __proto__: y } } }\n`,
  )
  t.strictSame(inShort(result), [
    'error[unknown-key] route.yaml:3:1 unknown key "__proto__"',
    'error[unknown-key] route.yaml:4:30 unknown key "constructor"',
    'error[unknown-key] route.yaml:4:46 unknown key "__proto__"',
  ])
  t.notOk('polluted' in {})
})

t.test('files that are no text are refused', async (t) => {
  const load = (bytes: Uint8Array) => inShort(loadText({ 'route.yaml': bytes }, { file: 'route.yaml' }))
  t.strictSame(load(new Uint8Array([0x68, 0xff, 0xfe])), [
    'error[not-utf8] route.yaml:1:1 route.yaml is not UTF-8 text: save it as UTF-8',
  ])
  t.strictSame(load(new Uint8Array(1024 * 1024 + 1).fill(0x23)), [
    'error[file-too-large] route.yaml:1:1 route.yaml is larger than 1 MiB',
  ])
})

t.test('a byte order mark, CR LF and anchors are fine', async (t) => {
  t.ok(loadRoute(`\ufeff${base}`).config)
  t.ok(loadRoute(base.replaceAll('\n', '\r\n')).config)
  const { config } = loadRoute(`${base}timeouts: { read: &t 7s, write: *t }\n`)
  t.match(config?.routes[0]?.plugins.find(({ plugin }) => plugin.key === 'timeouts')?.options, { write: 7000 })
})
