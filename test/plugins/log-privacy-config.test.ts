import { loadConfig, type RouteConfig } from '@drawbridge/config'
import { noPseudonyms, type Redactor } from '@drawbridge/plugin-kit'
import { plugin as logPrivacy } from '@drawbridge/plugin-log-privacy'
import t, { type Test } from 'tap'
import { REQUIREMENT_16 } from '../support/requirement-snippets.ts'

t.test("the requirement's route shows what it says and nothing else", async (t) => {
  const { routes, findings } = load(t, REQUIREMENT_16)
  t.same(findings, [])
  const redactor = redactorOf(routes[0])
  for (const name of ['Authorization', 'cookie', 'Set-Cookie', 'X-API-Key', 'x-auth-token', 'Proxy-Authorization'])
    t.equal(redactor?.header(name, 'canary'), '[REDACTED]', name)
  t.equal(redactor?.path('/api/client/account/password'), '/api/client/account/[REDACTED]')
  t.equal(redactor?.path('/auth/password/reset/abc'), '/auth/password/reset/[TOKEN]')
  t.equal(redactor?.path('/api/client/servers/1a7ce997'), '/api/client/servers/1a7ce997')
  t.equal(redactor?.address('203.0.113.45'), '203.0.113.xxx')
  t.equal(redactor?.address('2001:db8:85a3:8d3:1319::7348'), '2001:db8:85a3:8d3:xxxx:xxxx:xxxx:xxxx')
  t.equal(redactor?.text('jane@example.org'), '[email]')
})

t.test('redaction is on for a route that does not mention it, and off for one that says so', async (t) => {
  const { routes } = load(
    t,
    'host: a.test\nbackend: http://127.0.0.1:3000\n---\nhost: b.test\nbackend: http://127.0.0.1:3000\nlogging: false\n',
  )
  t.equal(redactorOf(routes[0])?.address('203.0.113.45'), '203.0.113.xxx')
  t.equal(redactorOf(routes[1]), undefined)
})

t.test('a broken pattern is refused with its place, and unmasked data is warned about', async (t) => {
  const { findings } = load(
    t,
    'host: a.test\nbackend: http://127.0.0.1:3000\nlogging:\n  mask_pii: false\n  redact_paths:\n    - pattern: /a(b\n',
  )
  t.match(findings, [
    { severity: 'warning', code: 'unmasked', line: 4 },
    { severity: 'error', code: 'bad-pattern', line: 6, column: 16 },
  ])
})

function load(t: Test, text: string) {
  const folder = t.testdir({ 'routes.yaml': text })
  const { config, findings } = loadConfig({ file: `${folder}/routes.yaml`, plugins: [logPrivacy], env: {} })
  return { routes: config?.routes ?? [], findings }
}

function redactorOf(route: RouteConfig | undefined): Redactor | undefined {
  const use = route?.plugins[0]
  return use?.plugin.redactor?.(use.options, noPseudonyms)
}
