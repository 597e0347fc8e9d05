import type { RequestEntry } from '@drawbridge/plugin-kit'
import { plugin as logPrivacy } from '@drawbridge/plugin-log-privacy'
import t from 'tap'
import { request } from 'undici'
import { echoListener, makePlugin, startBackend, startGateway, type Teardown, until } from '../support/fixtures.ts'

const TOKEN = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'

t.test('sinks get requests without secrets and people, the backend gets them whole', async (t) => {
  const { url, entries } = await startLogged(t)
  const target = `/auth/password/reset/${TOKEN}/jane%40example.org?%74oken=canary&page=2`
  const headers = {
    authorization: 'Bearer canary',
    'user-agent': 'Bot/1.0 (jane@example.org)',
    referer: `https://jane:canary@a.test/reset/${TOKEN}?token=canary`,
    'x-forwarded-for': '203.0.113.45',
  }
  const { body } = await request(`${url}${target}`, { headers: { host: 'a.test', ...headers } })
  t.match(await body.json(), { url: target, headers: { authorization: 'Bearer canary', referer: headers.referer } })
  await until(() => entries.length === 1)
  t.match(entries[0], {
    path: '/auth/password/reset/[TOKEN]/[email]',
    query: '%74oken=[REDACTED]&page=2',
    client: '203.0.113.xxx',
    clientAddress: '203.0.113.0',
    userAgent: 'Bot/1.0 ([email])',
    referrer: 'https://a.test/reset/[TOKEN]',
    status: 200,
  })
  t.notMatch(JSON.stringify(entries), /canary|jane|example\.org|203\.0\.113\.45|9f86d081/)
})

t.test('each route has its own redaction, and the default answer the default one', async (t) => {
  const { url, entries } = await startLogged(t, {
    mask_ip_method: 'zero',
    redact_paths: [{ pattern: '/PRIVATE/[^/]+' }],
  })
  for (const host of ['a.test', 'unknown.test']) {
    const { body } = await request(`${url}/private/x/y`, { headers: { host, 'x-forwarded-for': '2001:db8::1' } })
    await body.dump()
  }
  await until(() => entries.length === 2)
  t.match(entries, [
    { routeHost: 'a.test', path: '[REDACTED]/y', client: '2001:db8::' },
    { routeHost: '', path: '[REDACTED]/y', client: '2001:db8::' },
  ])
})

t.test('a target that cannot be read leaves nothing of it behind', async (t) => {
  const { url, entries } = await startLogged(t)
  const { body } = await request(`${url}/%ff/canary?token=canary`, { headers: { host: 'a.test' } })
  await body.dump()
  await until(() => entries.length === 1)
  t.match(entries[0], { status: 400, path: '/', query: 'token=[REDACTED]', client: '127.0.0.xxx' })
})

async function startLogged(t: Teardown, options: Record<string, unknown> = {}) {
  const backend = await startBackend(t, echoListener)
  const entries: RequestEntry[] = []
  const sink = makePlugin({
    name: 'sink',
    wire: (_app, _options, host) => host.onEntry((entry) => entries.push(entry)),
  })
  const started = await startGateway(t, {
    routes: { 'a.test': backend.url },
    plugins: [[logPrivacy, options], [sink]],
    config: { trustedProxies: ['127.0.0.1'] },
  })
  return { ...started, entries }
}
