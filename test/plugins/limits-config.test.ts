import { loadConfig, type RouteConfig } from '@drawbridge/config'
import { plugin as limits } from '@drawbridge/plugin-limits'
import t, { type Test } from 'tap'
import { makeBackend, sendRaw, startBackend, startGateway } from '../support/fixtures.ts'
import { REQUIREMENT_24 } from '../support/requirement-snippets.ts'

t.test("the requirement's routes refuse what is over their limits and pass what is not", async (t) => {
  const routes = load(t, REQUIREMENT_24)
  const { url } = await startBackend(t, (request, response) => {
    request.resume()
    // Only what the head declares matters here.
    const length = request.url?.slice(1) ?? ''
    response.setHeader('content-length', length)
    if (length === '0') response.end()
    else response.flushHeaders()
  })
  const { port } = await startGateway(t, {
    routes: Object.fromEntries(
      routes.map(({ hosts, plugins }) => [hosts[0], { plugins, backend: makeBackend(url) }] as const),
    ),
  })
  const send = (host: string, target: string, line: string) =>
    sendRaw(port, `POST ${target} HTTP/1.1\r\nHost: ${host}\r\n${line}\r\n\r\n`, /\r\n\r\n/)
  for (const [host, maxBody, maxHeaders, maxResponse] of [
    ['gpanel.chilla55.de', 104_857_600, 16_384, 52_428_800],
    ['api.example.com', 1_048_576, 8192, 10_485_760],
    ['vault.chilla55.de', 10_485_760, 8192, 10_485_760],
  ] as const) {
    t.match(await send(host, '/0', `Content-Length: ${maxBody + 1}`), /^HTTP\/1\.1 413 /, host)
    t.match(await send(host, '/0', `Content-Length: ${maxBody}`), /^HTTP\/1\.1 200 /, host)
    const others = 'Host'.length + host.length + 4 + 'X'.length + 4
    t.match(await send(host, '/0', `X: ${'a'.repeat(maxHeaders - others + 1)}`), /^HTTP\/1\.1 431 /, host)
    // Half of it, because the backend adds the gateway's own headers and takes 16 KB itself.
    t.match(await send(host, '/0', `X: ${'a'.repeat(maxHeaders / 2)}`), /^HTTP\/1\.1 200 /, host)
    t.match(await send(host, `/${maxResponse + 1}`, 'X: y'), /^HTTP\/1\.1 502 /, host)
    t.match(await send(host, `/${maxResponse}`, 'X: y'), /^HTTP\/1\.1 200 /, host)
  }
})

t.test('the limits of an application are its own, and a route that says otherwise wins', async (t) => {
  const route = (app: string, more = '') => `host: ${app}.test\nbackend: http://127.0.0.1:3000\napp: ${app}\n${more}`
  const [panel, wings, vault, strict] = load(
    t,
    [
      route('pterodactyl'),
      route('wings'),
      route('vaultwarden'),
      route('vaultwarden', 'limits:\n  max_request_body: 1mb\n').replace('vaultwarden.test', 'strict.test'),
    ].join('---\n'),
  )
  const megabytes = (config: RouteConfig | undefined) =>
    Number(config?.plugins[0]?.options.max_request_body) / 1024 ** 2
  t.same([panel, wings, vault, strict].map(megabytes), [100, 110, 525, 1])
  t.match(wings?.plugins[0]?.options.paths, [{ path: '/api/transfers', max_request_body: 1024 ** 4 }])
})

t.test('the plugin is on for a route that does not mention it, and off for one that says so', async (t) => {
  const [quiet, off] = load(
    t,
    'host: a.test\nbackend: http://127.0.0.1:3000\n---\nhost: b.test\nbackend: http://127.0.0.1:3000\nlimits: false\n',
  )
  t.match(quiet?.plugins[0]?.options, { max_request_body: 10 * 1024 ** 2, max_header_count: 100, max_url: 8192 })
  t.same(off?.plugins, [])
})

function load(t: Test, text: string): readonly RouteConfig[] {
  const folder = t.testdir({ 'routes.yaml': text })
  const { config, findings } = loadConfig({ file: `${folder}/routes.yaml`, plugins: [limits], env: {} })
  t.same(
    findings.filter(({ severity }) => severity === 'error'),
    [],
  )
  return config?.routes ?? []
}
