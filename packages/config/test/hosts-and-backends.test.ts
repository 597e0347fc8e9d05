import t from 'tap'
import { inShort, loadRoute, loadText } from './support/load-text.ts'

t.test('hosts are normalised', async (t) => {
  for (const [written, host] of [
    ['A.Example.', 'a.example'],
    ['pterodactyl_panel', 'pterodactyl_panel'],
    ['"*.Example.org"', '*.example.org'],
    ['"::1"', '[::1]'],
    ['"[2001:DB8:0:0::1]"', '[2001:db8::1]'],
    ['127.0.0.1', '127.0.0.1'],
    ['bücher.example', 'xn--bcher-kva.example'],
  ] as const) {
    t.strictSame(loadRoute(`host: ${written}\nbackend: demo\n`).config?.routes[0]?.hosts, [host], written)
  }
  const { config } = loadRoute('host: [example.org, www.example.org]\nbackend: demo\n')
  t.strictSame(config?.routes[0]?.hosts, ['example.org', 'www.example.org'])
})

t.test('what no client can ask for is refused, with the way to mend it', async (t) => {
  for (const [written, message] of [
    ['https://a.example/x', '"https://a.example/x" is not a host name | write the name alone: "a.example"'],
    ['a.example:8080', '"a.example:8080" is not a host name | write the name alone: "a.example"'],
    ['"*"', '"*" is not a host name | there is no catch-all route; name the hosts, or a domain as *.example.org'],
    ['a.*.example', '"a.*.example" is not a host name | a * stands only at the beginning, as in *.example.org'],
    ['a..example', '"a..example" is not a host name | there is an empty part between the dots'],
    ['-a.example', '"-a.example" is not a host name | letters, digits, - and _ are allowed between the dots'],
    ['"a b"', '"a b" is not a host name | letters, digits, - and _ are allowed between the dots'],
    [
      `${'a'.repeat(64)}.example`,
      `"${'a'.repeat(64)}.example" is not a host name | a part between dots has at most 63 characters`,
    ],
    ['a'.repeat(300), 'a host name has at most 253 characters'],
    ['"fe80::1%eth0"', '"fe80::1%eth0" has a zone identifier, which no client sends'],
  ] as const) {
    const result = loadRoute(`host: ${written}\nbackend: demo\n`)
    t.strictSame(inShort(result), [`error[bad-value] route.yaml:1:7 ${message}`], written)
  }
  for (const written of ['5', '[]', '{ a: b }'])
    t.match(
      inShort(loadRoute(`host: ${written}\nbackend: demo\n`)),
      [/"host" must be a name or a list of names/],
      written,
    )
})

t.test('backends are taken apart', async (t) => {
  for (const [written, expected] of [
    ['http://pterodactyl_panel:80', { kind: 'http', origin: 'http://pterodactyl_panel', basePath: '' }],
    ['http://App:3000/base/', { kind: 'http', origin: 'http://app:3000', basePath: '/base' }],
    ['https://app', { kind: 'https', origin: 'https://app', basePath: '', tls: { verify: true } }],
    ['http://[2001:db8::1]:3000', { kind: 'http', origin: 'http://[2001:db8::1]:3000' }],
    ['unix:/run/app.sock', { kind: 'unix', origin: 'http://localhost', socketPath: '/run/app.sock' }],
    ['demo', { kind: 'demo' }],
  ] as const) {
    const { config } = loadRoute(`host: a.example\nbackend: ${written}\n`)
    t.match(config?.routes[0]?.backend, { source: written, ...expected }, written)
  }
})

t.test('a backend that cannot be meant is refused', async (t) => {
  for (const [written, message] of [
    ['localhost:3000', /no scheme \| write http:\/\/localhost:3000$/],
    ['ftp://a', /cannot be reached by ftp:\/\//],
    ['http://', /not a valid address/],
    ['http://a:99999', /not a valid address/],
    ['http://a:0', /cannot have port 0/],
    ['http://user:secret@a', /cannot contain a user name or a password/],
    ['http://a/?q=1', /cannot contain a query/],
    ['http://a/#x', /cannot contain a query/],
    ['http://a\\b', /cannot contain spaces or backslashes/],
    ['unix:run/app.sock', /absolute path of its socket/],
  ] as const) {
    const [finding, ...more] = inShort(loadRoute(`host: a.example\nbackend: ${written}\n`))
    t.match(finding, message, written)
    t.notMatch(finding, 'secret')
    t.equal(more.length, 0, written)
  }
})

t.test('a backend that is the gateway itself is refused', async (t) => {
  const isRefused = (listen: string, backend: string) =>
    loadText({ 'drawbridge.yaml': `listen: "${listen}"\nroutes: [{ host: a.example, backend: "${backend}" }]\n` })
      .config === undefined
  for (const backend of [
    'http://localhost:8080',
    'http://127.0.0.1:8080',
    'http://[::1]:8080',
    'http://0.0.0.0:8080',
    'http://127.0.0.1:9900',
    'http://[::ffff:127.0.0.1]:8080',
    'http://a.localhost:8080',
  ])
    t.ok(isRefused('[::]:8080', backend), backend)
  t.ok(isRefused('192.0.2.1:8080', 'http://192.0.2.1:8080'))
  t.ok(isRefused('127.0.0.1:80', 'http://localhost'))
  for (const backend of ['http://localhost:3000', 'http://app:8080', 'http://192.0.2.1:8080'])
    t.notOk(isRefused('[::]:8080', backend), backend)
  t.notOk(isRefused('192.0.2.1:8080', 'http://127.0.0.1:8080'))
})

t.test('host_header is preserve, upstream or a name', async (t) => {
  for (const [written, expected] of [
    ['preserve', 'preserve'],
    ['upstream', 'upstream'],
    ['Internal.example:8443', { name: 'internal.example:8443' }],
  ] as const) {
    const { config } = loadRoute(`host: a.example\nbackend: demo\nhost_header: ${written}\n`)
    t.strictSame(config?.routes[0]?.hostHeader, expected)
  }
})
