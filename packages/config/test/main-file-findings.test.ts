import t from 'tap'
import { inShort, loadText } from './support/load-text.ts'
import { systemError } from './support/memory-readers.ts'

const route = 'host: a.example\nbackend: http://backend:3000\n'

const cases: readonly [title: string, text: string, expected: readonly string[]][] = [
  [
    'an unknown key with a suggestion',
    'listn: 80\n',
    ['error[unknown-key] drawbridge.yaml:1:1 unknown key "listn" | did you mean "listen"?'],
  ],
  [
    'an unknown key inside a block',
    'listen:\n  htp: 80\n',
    ['error[unknown-key] drawbridge.yaml:2:3 unknown key "htp" in listen | did you mean "http"?'],
  ],
  [
    "a plugin's key outside of defaults",
    'limits: true\n',
    [
      'error[unknown-key] drawbridge.yaml:1:1 unknown key "limits" | for every route, put it under "defaults:"; for one route, in that route',
    ],
  ],
  [
    'a host as default',
    'defaults:\n  host: a\n',
    ['error[unknown-key] drawbridge.yaml:2:3 "host" cannot be a default: each route has its own'],
  ],
  [
    'defaults that are no block',
    'defaults: 1\n',
    ['error[wrong-type] drawbridge.yaml:1:1 "defaults" must be a block of keys'],
  ],
  [
    'a certificate that is not there',
    'admin:\n  tls: { cert: a.pem, key: b.pem }\n',
    [
      'error[file-unreadable] drawbridge.yaml:2:16 the file a.pem does not exist',
      'error[file-unreadable] drawbridge.yaml:2:28 the file b.pem does not exist',
    ],
  ],
  [
    'an address that is none',
    'listen: x:y\n',
    ['error[bad-value] drawbridge.yaml:1:9 "http" must be an address such as 127.0.0.1:8080 or [::]:8080, or a port'],
  ],
  [
    'the admin address on the same port',
    'admin: 8080\n',
    ['error[bad-value] drawbridge.yaml:1:8 the admin address has the port 8080 of "listen"; choose another'],
  ],
  [
    'a duration below its bound',
    'listen: {header_timeout: 1ms}\n',
    ['error[bad-value] drawbridge.yaml:1:26 "header_timeout" must be at least 100ms'],
  ],
  ['another version', 'version: 2\n', ['error[bad-value] drawbridge.yaml:1:10 "version" must be 1']],
  [
    'a proxy that is no address',
    'trusted_proxies: [10.0.0/8]\n',
    ['error[bad-value] drawbridge.yaml:1:19 "10.0.0/8" is not an address or a CIDR such as 10.0.0.0/8'],
  ],
  [
    'a prefix that is too long',
    'trusted_proxies: [10.0.0.0/33]\n',
    ['error[bad-value] drawbridge.yaml:1:19 the prefix length of "10.0.0.0/33" must be between 0 and 32'],
  ],
  [
    'routes of the wrong form',
    'routes: 5\n',
    ['error[wrong-type] drawbridge.yaml:1:9 "routes" must be a folder or a list of routes'],
  ],
  [
    'a route that is a word',
    'routes: [a.yaml]\n',
    [
      'error[wrong-type] drawbridge.yaml:1:10 a route must be a block of keys | folders and files of routes stand in "include"',
    ],
  ],
  [
    'an included file that is missing',
    'include: [no.yaml]\n',
    ['error[file-unreadable] drawbridge.yaml:1:11 no.yaml does not exist'],
  ],
  [
    'a named folder that is missing',
    'routes: nowhere\n',
    ['error[file-unreadable] drawbridge.yaml:1:9 the folder nowhere does not exist'],
  ],
  [
    'a second document with settings',
    'data: x\n---\nadmin: 1\n',
    [
      'error[missing-key] drawbridge.yaml:3:1 this document is no route (it has no "host:"), and the settings of the gateway stand in one document',
    ],
  ],
]

t.test('drawbridge.yaml: each mistake is an error that says where and what', async (t) => {
  for (const [title, text, expected] of cases) {
    const result = loadText({ 'drawbridge.yaml': text, 'routes/a.yaml': route })
    t.strictSame(inShort(result), expected, title)
    t.notOk(result.config, title)
    t.notOk(result.partial, title)
  }
})

t.test('all mistakes are told at once', async (t) => {
  const result = loadText({
    'drawbridge.yaml': 'listn: 80\nlisten: { header_timeout: 1ms }\ntrusted_proxies: [x]\ndefaults: { lmits: {} }\n',
    'routes/a.yaml': 'host: a b\nforwarded: maybe\nbackend: ftp://x\n',
  })
  t.strictSame(
    result.findings.map(({ file, line, code }) => `${file}:${line} ${code}`),
    [
      'drawbridge.yaml:1 unknown-key',
      'drawbridge.yaml:2 bad-value',
      'drawbridge.yaml:3 bad-value',
      'drawbridge.yaml:4 unknown-key',
      'routes/a.yaml:1 bad-value',
      'routes/a.yaml:2 wrong-type',
      'routes/a.yaml:3 bad-value',
    ],
  )
})

t.test('a mistake under defaults is told once, however many routes have it', async (t) => {
  const result = loadText({
    'drawbridge.yaml': 'defaults:\n  timeouts: { connect: soon }\n  limits: { max: 1 }\n',
    'routes/a.yaml': route,
    'routes/b.yaml': route.replace('a.example', 'b.example'),
  })
  t.strictSame(inShort(result), [
    'error[bad-value] drawbridge.yaml:2:24 "connect" must be a duration such as 250ms, 5s or 2h45m, or a number of seconds',
    'error[unknown-key] drawbridge.yaml:3:13 unknown key "max" in limits',
  ])
})

t.test('trusting everyone is a warning', async (t) => {
  const result = loadText({ 'drawbridge.yaml': 'trusted_proxies: [0.0.0.0/0]\n', 'routes/a.yaml': route })
  t.match(inShort(result), [/^warning\[trusts-everyone\] drawbridge.yaml:1:19 /])
  t.ok(result.config)
})

t.test('webhooks are taken with a warning that nothing is sent to them yet', async (t) => {
  const result = loadText({ 'drawbridge.yaml': 'webhooks: [{ url: "https://example.org" }]\n', 'routes/a.yaml': route })
  t.match(inShort(result), [/^warning\[no-effect\] drawbridge.yaml:1:11 nothing is sent to webhooks yet/])
  t.ok(result.config)
})

t.test('a file that is missing, unreadable or a folder says so', async (t) => {
  t.strictSame(inShort(loadText({})), ['error[file-unreadable] drawbridge.yaml:1:1 drawbridge.yaml does not exist'])
  const readers = {
    readFile: () => {
      throw systemError('EACCES')
    },
    readDir: () => {
      throw systemError('EACCES')
    },
  }
  t.strictSame(inShort(loadText({}, { readers })), [
    'error[file-unreadable] drawbridge.yaml:1:1 drawbridge.yaml may not be read by this user',
  ])
  const folder = loadText({ 'drawbridge.yaml': '', 'routes/a.yaml/b': '' })
  t.strictSame(inShort(folder), ['error[file-unreadable] routes/a.yaml:1:1 routes/a.yaml is a folder, not a file'])
})

t.test('one bad route leaves the others for a first start', async (t) => {
  const result = loadText({ 'drawbridge.yaml': '', 'routes/a.yaml': route, 'routes/b.yaml': 'host: [' })
  t.notOk(result.config)
  t.strictSame(
    result.partial?.routes.map(({ hosts }) => hosts),
    [['a.example']],
  )
})
