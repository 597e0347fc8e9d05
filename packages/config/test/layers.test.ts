import t from 'tap'
import type { Origin } from '../src/index.ts'
import { inShort, loadText } from './support/load-text.ts'

const files = {
  'drawbridge.yaml': `
defaults:
  timeouts: { connect: 2s, read: 20s }
  rate_limit:
    per_ip: 50
    paths: [{ path: /a }, { path: /b }]
  headers: false
`,
  'routes/panel.yaml': `
host: panel.example
backend: demo
app: pterodactyl
timeouts:
  read: 90s
rate_limit:
  paths:
    - path: /own
`,
  'routes/plain.yaml': 'host: plain.example\nbackend: demo\n',
}

function optionsOf(result: ReturnType<typeof loadText>, host: string, key: string): unknown {
  const route = result.config?.routes.find(({ hosts }) => hosts.includes(host))
  return route?.plugins.find(({ plugin }) => plugin.key === key)?.options
}

const line = (origin: Origin | undefined) =>
  typeof origin === 'object' ? `${origin.file}:${origin.line}:${origin.column}` : origin

t.test('a route is over the preset of its application, that over the defaults, that over the plugin', async (t) => {
  const result = loadText(files)
  t.strictSame(inShort(result), [])
  t.strictSame(optionsOf(result, 'panel.example', 'timeouts'), {
    connect: 2000,
    read: 90_000,
    write: 30_000,
    idle: 120_000,
  })
  t.match(optionsOf(result, 'panel.example', 'rate_limit'), { per_ip: { count: 300 }, paths: [{ path: '/own' }] })
  t.match(optionsOf(result, 'plain.example', 'rate_limit'), { per_ip: { count: 50 }, paths: [{}, {}] })
  t.equal(
    (optionsOf(result, 'panel.example', 'rate_limit') as { paths: unknown[] }).paths.length,
    1,
    'lists are replaced',
  )
})

t.test('every value knows where it comes from', async (t) => {
  const result = loadText(files)
  const origins = result.origins('panel.example')
  t.equal(line(origins?.get('timeouts.read')), 'routes/panel.yaml:6:9')
  t.equal(line(origins?.get('timeouts.connect')), 'drawbridge.yaml:3:24')
  t.equal(origins?.get('timeouts.idle'), 'default')
  t.equal(origins?.get('rate_limit.per_ip'), 'preset pterodactyl')
  t.equal(line(origins?.get('rate_limit.paths.0.path')), 'routes/panel.yaml:9:13')
  t.equal(origins?.get('rate_limit.paths.0.ban_duration'), 'default')
  t.equal(origins?.get('limits.max_request_body'), 'default')
  t.equal(line(origins?.get('headers')), 'drawbridge.yaml:7:12')
  t.equal(line(result.origins()?.get('defaults.headers')), 'drawbridge.yaml:7:12')
  t.equal(result.origins()?.get('listen.http'), 'default')
  t.equal(result.origins('nobody.example'), undefined)
})

t.test('the effective configuration can be read as it could be written', async (t) => {
  const result = loadText(files)
  t.match(result.effectiveConfig('panel.example'), {
    host: 'panel.example',
    host_header: 'preserve',
    timeouts: { connect: '2s', read: '90s', write: '30s', idle: '120s' },
    limits: { max_request_body: '10mb' },
    headers: false,
  })
  t.match(result.effectiveConfig(), { listen: { http: '[::]:8080' }, shutdown_timeout: '30s', routes: 'routes/' })
  const again = JSON.stringify(result.effectiveConfig('panel.example'))
  const reloaded = loadText({ 'drawbridge.yaml': `routes: [${again}]\n` })
  t.equal(
    reloaded.config?.routes[0]?.hash,
    result.config?.routes.find(({ hosts }) => hosts[0] === 'panel.example')?.hash,
  )
})

t.test(
  'a name below a wildcard is looked up as it is served: the exact name first, then the longest wildcard',
  async (t) => {
    const route = (host: string, backend: string) => `host: "${host}"\nbackend: http://${backend}:80\n`
    const result = loadText({
      'drawbridge.yaml': '',
      'routes/a.yaml': route('*.example', 'short'),
      'routes/b.yaml': route('*.b.example', 'long'),
      'routes/c.yaml': route('c.b.example', 'exact'),
    })
    t.match(result.effectiveConfig('x.example'), { backend: 'http://short:80' })
    t.match(result.effectiveConfig('y.x.b.example'), { backend: 'http://long:80' })
    t.match(result.effectiveConfig('C.b.example'), { backend: 'http://exact:80' })
    t.match(result.effectiveConfig('*.example'), { backend: 'http://short:80' })
    t.equal(result.effectiveConfig('example'), undefined)
  },
)

t.test('true, false, enabled and absence switch plugins in every layer', async (t) => {
  const isOn = (defaults: string, route: string) => {
    const result = loadText({
      'drawbridge.yaml': `defaults: { ${defaults} }\n`,
      'routes/a.yaml': `host: a.example\nbackend: demo\n${route}\n`,
    })
    t.ok(result.config, `${defaults} | ${route}`)
    const keys = result.config?.routes[0]?.plugins.map(({ plugin }) => plugin.key)
    return keys?.includes('rate_limit')
  }
  for (const [defaults, route, expected] of [
    ['', '', false],
    ['', 'rate_limit: true', true],
    ['', 'rate_limit: {}', true],
    ['', 'rate_limit: { enabled: true, per_ip: 1 }', true],
    ['', 'rate_limit: { enabled: false }', false],
    ['', 'app: pterodactyl', true],
    ['', 'app: pterodactyl\nrate_limit: false', false],
    ['rate_limit: true', '', true],
    ['rate_limit: true', 'rate_limit: false', false],
    ['rate_limit: false', 'rate_limit: true', true],
    ['rate_limit: false', 'rate_limit: { per_ip: 5 }', true],
    ['rate_limit: false', 'app: pterodactyl', false],
    ['rate_limit: { enabled: false }', 'app: pterodactyl', false],
    ['rate_limit: { enabled: false, per_ip: 5 }', 'rate_limit: true', true],
    ['rate_limit: { enabled: false, per_ip: 5 }', 'rate_limit: { per_ip: 7 }', false],
    ['app: pterodactyl', '', true],
  ] as const)
    t.equal(isOn(defaults, route), expected, `${defaults} | ${route}`)
})

t.test('true keeps the options from below', async (t) => {
  const result = loadText({
    'drawbridge.yaml': 'defaults: { rate_limit: { per_ip: 5, enabled: false } }\n',
    'routes/a.yaml': 'host: a.example\nbackend: demo\nrate_limit: true\n',
  })
  t.match(optionsOf(result, 'a.example', 'rate_limit'), { per_ip: { count: 5 } })
})

t.test('unknown hosts get the defaults of the phases that need no backend', async (t) => {
  const { config } = loadText({
    'drawbridge.yaml': 'defaults: { rate_limit: { per_ip: 5 }, timeouts: { read: 1s }, headers: true }\nroutes: []\n',
  })
  t.strictSame(
    config?.defaultRoute.plugins.map(({ plugin }) => plugin.key),
    ['limits', 'rate_limit'],
  )
})
