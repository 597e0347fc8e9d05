import t from 'tap'
import { inShort, loadRoute, loadText } from './support/load-text.ts'

const cases: readonly [title: string, text: string, expected: readonly string[]][] = [
  [
    'an unknown key',
    'backnd: x\n',
    ['error[unknown-key] route.yaml:3:1 unknown key "backnd" | did you mean "backend"?'],
  ],
  [
    'an unknown key of a plugin',
    'timeouts:\n  raed: 5s\n',
    ['error[unknown-key] route.yaml:4:3 unknown key "raed" in timeouts | did you mean "read"?'],
  ],
  [
    'unknown and missing keys deep inside',
    'rate_limit:\n  paths:\n    - pth: /a\n',
    ['error[unknown-key] route.yaml:5:7 unknown key "pth" in rate_limit.paths[0] | did you mean "path"?'],
  ],
  [
    'a key of drawbridge.yaml',
    'listen: 80\n',
    ['error[unknown-key] route.yaml:3:1 unknown key "listen" | "listen" belongs in drawbridge.yaml, not in a route'],
  ],
  [
    'a wrong value',
    'limits:\n  max_request_body: lots\n',
    ['error[bad-value] route.yaml:4:21 "max_request_body" must be a size such as 512kb or 10mb, or a number of bytes'],
  ],
  [
    'a wrong choice',
    'headers: { preset: security-strikt }\n',
    ['error[bad-value] route.yaml:3:20 "preset" must be one of security-strict, api | did you mean "security-strict"?'],
  ],
  [
    'a plugin key that is no switch',
    'limits: 5\n',
    ['error[wrong-type] route.yaml:3:9 "limits" must be true, false or a block of keys'],
  ],
  [
    'a plugin key that is empty',
    'limits:\n',
    [
      'error[wrong-type] route.yaml:3:8 "limits" must be true, false or a block of keys | nothing stands behind the colon: write a value, indent what belongs below, or remove the line',
    ],
  ],
  [
    'options of a plugin that are not indented',
    'limits:\nmax_request_body: 1mb\n',
    [
      'error[wrong-type] route.yaml:3:8 "limits" must be true, false or a block of keys | nothing stands behind the colon: write a value, indent what belongs below, or remove the line',
      'error[unknown-key] route.yaml:4:1 unknown key "max_request_body" | "max_request_body" belongs below "limits:", indented',
    ],
  ],
  [
    'enabled misspelt',
    'limits: { enable: false }\n',
    ['error[unknown-key] route.yaml:3:11 unknown key "enable" in limits | did you mean "enabled"?'],
  ],
  [
    'one where a list is wanted',
    'upgrades: websocket\n',
    ['error[wrong-type] route.yaml:3:11 "upgrades" must be a list | write [websocket]'],
  ],
  [
    'enabled that is no switch',
    'limits: { enabled: yes }\n',
    ['error[wrong-type] route.yaml:3:20 "enabled" must be true or false | write true or false'],
  ],
  [
    'the words of YAML 1.1',
    'forwarded: on\n',
    ['error[wrong-type] route.yaml:3:12 "forwarded" must be true or false | write true or false'],
  ],
  [
    'an unknown application',
    'app: pterodactil\n',
    ['error[bad-value] route.yaml:3:6 there is no application "pterodactil" | did you mean "pterodactyl"?'],
  ],
  [
    'a key given twice',
    'app: pterodactyl\napp: pterodactyl\n',
    ['error[duplicate-key] route.yaml:4:1 the key "app" is already given at route.yaml:3:1'],
  ],
  [
    'a host header that is none',
    'host_header: a b\n',
    ['error[bad-value] route.yaml:3:14 "host_header" must be preserve, upstream or a host name'],
  ],
  [
    'an upgrade that bypasses',
    'upgrades: [websocket, h2c]\n',
    ['error[bad-value] route.yaml:3:23 an upgrade to h2c would bypass the gateway'],
  ],
  [
    'TLS settings without TLS',
    'backend_tls: { verify: false }\n',
    ['warning[no-effect] route.yaml:3:1 "backend_tls" has no effect: the backend is not https'],
  ],
  [
    'the warning of a plugin',
    'timeouts: { connect: 1h }\n',
    ['warning[odd-timeouts] route.yaml:3:22 connect is longer than read'],
  ],
]

t.test('a route: each mistake is told at its key or value', async (t) => {
  for (const [title, text, expected] of cases) {
    const result = loadRoute(`host: a.example\nbackend: http://backend:3000\n${text}`)
    t.strictSame(inShort(result), expected, title)
    t.equal(
      result.config === undefined,
      expected.some((line) => line.startsWith('error')),
      title,
    )
  }
})

t.test('missing keys are told at the first key of the block', async (t) => {
  t.strictSame(inShort(loadText({ 'drawbridge.yaml': '', 'routes/a.yaml': '# c\napp: pterodactyl\n' })), [
    'error[missing-key] routes/a.yaml:2:1 the key "host" is missing',
    'error[missing-key] routes/a.yaml:2:1 the key "backend" is missing',
  ])
})

t.test('the same host in two places is an error that names both', async (t) => {
  const result = loadText({
    'drawbridge.yaml': '',
    'routes/a.yaml': 'host: A.example\nbackend: demo\n',
    'routes/b.yaml': 'backend: demo\nhost: [b.example, a.example.]\n',
  })
  t.strictSame(inShort(result), [
    'error[duplicate-host] routes/b.yaml:2:19 the host "a.example" is already served by the route at routes/a.yaml:1:7',
  ])
  t.strictSame(
    result.partial?.routes.map(({ hosts }) => hosts),
    [['a.example']],
  )
})

t.test('a finding carries its end and its path', async (t) => {
  const [finding] = loadText({
    'drawbridge.yaml': 'routes:\n  - host: a.example\n    backend: demo\n    limits: { max_request_body: x }\n',
  }).findings
  t.match(finding, {
    line: 4,
    column: 33,
    endLine: 4,
    endColumn: 34,
    path: ['routes', 0, 'limits', 'max_request_body'],
  })
})

t.test('a route file without a route is a warning', async (t) => {
  const files = {
    'drawbridge.yaml': '',
    'routes/a.yaml': 'host: a.example\nbackend: demo\n',
    'routes/b.yaml': '# later\n',
  }
  const result = loadText(files)
  t.strictSame(inShort(result), ['warning[no-routes] routes/b.yaml:1:1 routes/b.yaml has no route'])
  t.ok(result.config)
})
