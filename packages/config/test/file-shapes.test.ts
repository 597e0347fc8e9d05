// biome-ignore-all lint/suspicious/noTemplateCurlyInString: interpolation is what is tested
import path from 'node:path'
import t from 'tap'
import { readPluginNames } from '../src/index.ts'
import { inShort, loadText } from './support/load-text.ts'
import { memoryReaders } from './support/memory-readers.ts'

const route = (host: string) => `host: ${host}\nbackend: http://backend:3000\n`
const hosts = (result: ReturnType<typeof loadText>) => result.config?.routes.map((one) => one.hosts[0])

t.test('drawbridge.yaml reads the routes folder in the order of names', async (t) => {
  const result = loadText({
    'drawbridge.yaml': 'version: 1\n',
    'routes/b.yml': route('b.example'),
    'routes/a.yaml': `${route('a1.example')}---\n${route('a2.example')}---\n`,
    'routes/.hidden.yaml': 'not: read',
    'routes/notes.md': 'not read',
  })
  t.strictSame(inShort(result), [])
  t.strictSame(hosts(result), ['a1.example', 'a2.example', 'b.example'])
})

t.test('routes may stand in drawbridge.yaml, as a list or as documents, and in files that it includes', async (t) => {
  const result = loadText({
    'drawbridge.yaml': `routes:\n  - host: list.example\n    backend: demo\ninclude: [more/*.yaml, extra, one.yaml]\n---\n${route('document.example')}`,
    'more/m.yaml': route('m.example'),
    'more/m.txt': 'no',
    'extra/e.yaml': route('e.example'),
    'one.yaml': route('one.example'),
    'routes/ignored.yaml': route('ignored.example'),
  })
  t.strictSame(inShort(result), [])
  t.strictSame(hosts(result), ['document.example', 'list.example', 'm.example', 'e.example', 'one.example'])
})

t.test(
  '-c takes a folder with drawbridge.yaml, one with routes/, one of route files, and a single route file',
  async (t) => {
    const cases: [string, Record<string, string>][] = [
      ['conf', { 'conf/drawbridge.yaml': 'routes: sites\n', 'conf/sites/a.yaml': route('a.example') }],
      ['conf', { 'conf/routes/a.yaml': route('a.example') }],
      ['conf', { 'conf/a.yaml': route('a.example') }],
      ['conf/a.yaml', { 'conf/a.yaml': route('a.example'), 'conf/b.yaml': route('b.example') }],
    ]
    for (const [file, files] of cases) {
      const result = loadText(files, { file })
      t.strictSame(inShort(result), [], Object.keys(files).join(' '))
      t.strictSame(hosts(result), ['a.example'])
    }
  },
)

t.test('paths in the configuration are relative to drawbridge.yaml', async (t) => {
  const { config } = loadText(
    { 'conf/drawbridge.yaml': 'data: state\nplugins: [./mine.ts, drawbridge-extra]\nroutes: []\n' },
    { file: 'conf/drawbridge.yaml' },
  )
  t.equal(config?.file, path.resolve('conf/drawbridge.yaml'))
  t.equal(config?.dataFolder, path.resolve('conf/state'))
  t.strictSame(config?.plugins, [path.resolve('conf/mine.ts'), 'drawbridge-extra'])
})

t.test('the names of plugins can be read before the plugins are there', async (t) => {
  const readers = memoryReaders({ 'conf/drawbridge.yaml': 'plugins: ["${env:EXTRA}", ./mine.ts]\nunknown: 1\n' })
  const names = readPluginNames({ file: 'conf', readers, env: { EXTRA: 'drawbridge-extra' } })
  t.strictSame(names, ['drawbridge-extra', path.resolve('conf/mine.ts')])
})

t.test('every key of drawbridge.yaml has its effect', async (t) => {
  const { config, findings } = loadText(
    {
      'drawbridge.yaml': `
version: 1
listen: { http: "127.0.0.1:8081", header_timeout: 5s, idle_timeout: 1m, max_header_size: 32kb }
admin: { listen: "[::1]:9901", allowed_hosts: [admin.example.org], tls: { cert: tls/cert.pem, key: tls/key.pem } }
trusted_proxies: [10.0.0.0/8, "::1"]
shutdown_timeout: 10
webhooks: [{ name: discord, url: "https://example.org/\${env:HOOK}" }]
routes: [{ host: a.example, backend: demo }]
`,
      'tls/cert.pem': 'CERT',
      'tls/key.pem': 'KEY',
    },
    { env: { HOOK: 'abc' } },
  )
  t.match(findings, [{ code: 'no-effect' }], 'of the webhooks')
  t.equal(findings.length, 1)
  t.match(config, {
    listen: {
      http: { host: '127.0.0.1', port: 8081 },
      headerTimeoutMs: 5000,
      idleTimeoutMs: 60_000,
      maxHeaderBytes: 32_768,
    },
    admin: {
      listen: { host: '::1', port: 9901 },
      allowedHosts: ['admin.example.org'],
      tls: { cert: 'CERT', key: 'KEY' },
    },
    trustedProxies: ['10.0.0.0/8', '::1'],
    shutdownTimeoutMs: 10_000,
    webhooks: [{ name: 'discord', url: 'https://example.org/abc' }],
  })
})

t.test('an address has short forms', async (t) => {
  for (const [written, host, port] of [
    ['8080', '::', 8080],
    ['":8080"', '::', 8080],
    ['127.0.0.1:0', '127.0.0.1', 0],
    ['{ http: 8088 }', '::', 8088],
    ['localhost:8080', 'localhost', 8080],
  ] as const) {
    const { config } = loadText({ 'drawbridge.yaml': `listen: ${written}\nroutes: []\n` })
    t.strictSame(config?.listen.http, { host, port }, written)
  }
})

t.test('the result is frozen, except what belongs to plugins', async (t) => {
  const { config } = loadText({ 'drawbridge.yaml': `routes: [{ host: a.example, backend: demo }]\n` })
  t.ok(Object.isFrozen(config) && Object.isFrozen(config?.routes) && Object.isFrozen(config?.routes[0]?.backend))
  t.ok(Object.isFrozen(config?.routes[0]?.plugins[0]?.options))
  t.notOk(Object.isFrozen(config?.routes[0]?.plugins[0]?.plugin.options))
})
