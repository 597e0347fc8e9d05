// biome-ignore-all lint/suspicious/noTemplateCurlyInString: interpolation is what is tested
import t from 'tap'
import { REQUIREMENT_14, REQUIREMENT_23, REQUIREMENT_24 } from '../../../test/support/requirement-snippets.ts'
import type { RouteConfig } from '../src/index.ts'
import { inShort, loadRoute } from './support/load-text.ts'

const REQUIREMENT_25 = `# Pterodactyl (public, needs security headers)
host: gpanel.chilla55.de
backend: http://pterodactyl_panel:80
headers:
  request:
    add:
      X-Forwarded-Proto: https
      X-Real-IP: \${client_ip}
    remove:
      - Cookie  # Don't send cookies to backend
  response:
    add:
      Strict-Transport-Security: "max-age=31536000; includeSubDomains"
      X-Frame-Options: "SAMEORIGIN"
    remove:
      - Server
      - X-Powered-By
      
# API with CORS
host: api.example.com
backend: http://api_service:3000
headers:
  response:
    add:
      Access-Control-Allow-Origin: "https://example.com"
      Access-Control-Max-Age: "86400"
`

function optionsOf(route: RouteConfig | undefined, key: string): unknown {
  return route?.plugins.find(({ plugin }) => plugin.key === key)?.options
}

t.test('the snippets of the requirement load as they are written, several routes without ---', async (t) => {
  for (const [name, text, line, count] of [
    ['#14', REQUIREMENT_14, 16, 2],
    ['#23', REQUIREMENT_23, 10, 2],
    ['#24', REQUIREMENT_24, 10, 3],
  ] as const) {
    const result = loadRoute(text)
    t.equal(result.config?.routes.length, count, name)
    t.strictSame(inShort(result), [
      `warning[several-routes] route.yaml:${line}:1 a second route begins here; ${count} routes were read from one document | put a line with --- above each further "host:"`,
    ])
  }
})

t.test('bare numbers and written units mean what the requirement means', async (t) => {
  const [gpanel, vault] = loadRoute(REQUIREMENT_14).config?.routes ?? []
  t.match(optionsOf(gpanel, 'rate_limit'), {
    global: { count: 1000, windowMs: 60_000 },
    paths: [{ path: '/auth/*', per_ip: { count: 5, windowMs: 60_000 }, ban_after: 3, ban_duration: 3_600_000 }, {}],
  })
  t.match(optionsOf(vault, 'rate_limit'), { paths: [{ alert_webhook: true }] })
  const slow = loadRoute(REQUIREMENT_23).config?.routes[1]
  t.strictSame(optionsOf(slow, 'timeouts'), { connect: 10_000, read: 60_000, write: 60_000, idle: 300_000 })
  const last = loadRoute(REQUIREMENT_24).config?.routes[2]
  t.match(optionsOf(last, 'limits'), { max_request_body: 10_485_760, max_request_headers: 8192 })
})

t.test("a plugin's warning and run-time variables survive, at the right places", async (t) => {
  const result = loadRoute(REQUIREMENT_25)
  t.match(optionsOf(result.config?.routes[0], 'headers'), { request: { add: { 'X-Real-IP': '${client_ip}' } } })
  t.strictSame(inShort(result), [
    'warning[cookie] route.yaml:10:9 logins will break',
    'warning[several-routes] route.yaml:20:1 a second route begins here; 2 routes were read from one document | put a line with --- above each further "host:"',
  ])
  t.strictSame(
    result.config?.routes.map(({ position }) => position.line),
    [2, 20],
  )
})

t.test('positions stay right behind the split, after a --- too', async (t) => {
  const result = loadRoute(
    'host: a.example\nbackend: http://a:1\n---\n# two more\nhost: b.example\nbackend: http://b:1\nhost: c.example\nbackend: http://c:1\nlimits:\n  max: 1\n',
  )
  t.strictSame(inShort(result), [
    'warning[several-routes] route.yaml:7:1 a second route begins here; 2 routes were read from one document | put a line with --- above each further "host:"',
    'error[unknown-key] route.yaml:10:3 unknown key "max" in limits',
  ])
})

t.test('the quick start of three lines loads with everything at its defaults', async (t) => {
  const { config, findings } = loadRoute(
    '# yaml-language-server: $schema=./drawbridge.schema.json\nhost: gpanel.example.org\nbackend: http://localhost:3000\n',
  )
  t.strictSame(findings, [])
  t.strictSame(config?.listen.http, { host: '::', port: 8080 })
  t.strictSame(config?.admin.listen, { host: '127.0.0.1', port: 9900 })
  t.match(config?.routes, [{ hosts: ['gpanel.example.org'], hostHeader: 'preserve', upgrades: ['websocket'] }])
  t.strictSame(
    config?.routes[0]?.plugins.map(({ plugin }) => plugin.key),
    ['limits', 'timeouts'],
  )
})
