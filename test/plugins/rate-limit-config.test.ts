import { loadConfig } from '@drawbridge/config'
import { createGateway } from '@drawbridge/core'
import * as shipped from '@drawbridge/gateway/plugins'
import { plugin as bans } from '@drawbridge/plugin-bans'
import type { BanRequest } from '@drawbridge/plugin-kit'
import { plugin as rateLimit } from '@drawbridge/plugin-rate-limit'
import t, { type Test } from 'tap'
import { createTestLog, makeBackend, makeConfig, sendRaw, startBackend } from '../support/fixtures.ts'
import { REQUIREMENT_14 } from '../support/requirement-snippets.ts'

const PANEL = 'gpanel.chilla55.de'
const VAULT = 'vault.chilla55.de'

function load(t: Test, text: string) {
  const folder = t.testdir({ 'routes.yaml': text })
  return loadConfig({ file: `${folder}/routes.yaml`, plugins: Object.values(shipped), env: {} })
}

t.test("the requirement's routes act as they are written", async (t) => {
  const { config, findings } = load(t, REQUIREMENT_14)
  t.strictSame(
    findings.filter(({ severity }) => severity === 'error'),
    [],
  )
  const { url } = await startBackend(t, (_request, response) => response.end('in'))
  const mine = [bans.name, rateLimit.name]
  const routes = Object.fromEntries(
    (config?.routes ?? []).map(({ hosts: [host = ''], plugins }) => [
      host,
      { plugins: plugins.filter(({ plugin }) => mine.includes(plugin.name)), backend: makeBackend(url) },
    ]),
  )
  const asked: BanRequest[] = []
  const gateway = await createGateway({
    config: makeConfig({ routes, config: { trustedProxies: ['127.0.0.1'] } }),
    log: createTestLog(),
    bans: {
      async ban(request) {
        asked.push(request)
        return 0
      },
    },
  })
  const { port } = await gateway.listen()
  t.teardown(() => gateway.close(200))
  const ask = async (host: string, client: string, target: string, times: number) => {
    let passed = 0
    for (let i = 0; i < times; i += 1) {
      const head = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-For: ${client}\r\nConnection: close\r\n\r\n`
      if ((await sendRaw(port, head)).startsWith('HTTP/1.1 200')) passed += 1
    }
    return passed
  }
  t.equal(await ask(PANEL, '198.51.100.1', '/auth/login', 7), 5)
  t.equal(asked.length, 0, 'two refusals ban nobody')
  t.equal(await ask(PANEL, '198.51.100.1', '/AUTH/password', 1), 0)
  t.match(asked, [
    { address: '198.51.100.1', route: PANEL, durationsMs: [3_600_000], rule: '/auth/* per_ip', isAlert: false },
  ])
  t.equal(await ask(PANEL, '198.51.100.2', '/api/client/servers', 65), 60)
  t.equal(await ask(PANEL, '198.51.100.2', '/', 102), 100)
  t.equal(await ask(VAULT, '198.51.100.3', '/identity/connect/token', 6), 3)
  t.match(asked[1], { address: '198.51.100.3', route: VAULT, durationsMs: [3_600_000], isAlert: true })
  t.equal(await ask(VAULT, '198.51.100.3', '/', 12), 10)
})

t.test('applications bring their logins along, and a route adds its limits', async (t) => {
  const { config, findings } = load(
    t,
    'host: p.test\nbackend: http://b:80\napp: pterodactyl\n---\nhost: v.test\nbackend: http://b:80\napp: vaultwarden\nrate_limit: { per_ip: 300 }\n',
  )
  t.strictSame(
    findings.filter(({ severity }) => severity === 'error'),
    [],
  )
  const optionsOf = (place: number) =>
    config?.routes[place]?.plugins.find(({ plugin }) => plugin.name === 'rate-limit')?.options
  t.match(optionsOf(0), { login: [{ path: '/auth/login' }, { path: '/auth/login/checkpoint' }] })
  t.match(optionsOf(1), { per_ip: { count: 300 }, login: [{ path: '/identity/connect/token' }, {}] })
})

for (const [written, where, code] of [
  ['ban_duration: soon', 'ban_duration', 'bad-duration'],
  ['paths: [{ path: /a, per_ip: 1, ban_duration: [1h, never] }]', 'ban_duration', 'bad-duration'],
  ['exempt: ["http://a.test"]', 'exempt', 'bad-address'],
  ['paths: [{ path: /a/*, per_ip: 1 }, { path: /A/*, per_ip: 2 }]', 'paths', 'repeated'],
] as const)
  t.test(`${written} is an error that says where`, async (t) => {
    const { findings } = load(t, `host: a.test\nbackend: http://b:80\nrate_limit:\n  per_ip: 100\n  ${written}\n`)
    t.match(
      findings.filter(({ severity }) => severity === 'error'),
      [{ code }],
    )
    t.ok(JSON.stringify(findings).includes(where))
  })

t.test('a limit that a single page breaks is warned of', async (t) => {
  const { findings } = load(t, 'host: a.test\nbackend: http://b:80\nrate_limit: { per_ip: 10 }\n')
  t.match(findings, [{ severity: 'warning', code: 'tight-limit' }])
})
