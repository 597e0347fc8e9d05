import { loadConfig } from '@drawbridge/config'
import { plugin as waf } from '@drawbridge/plugin-waf'
import t, { type Test } from 'tap'
import { makeBackend, sendRaw, startBackend, startGateway } from '../support/fixtures.ts'
import { REQUIREMENT_15 } from '../support/requirement-snippets.ts'

const ATTACK = `/?id=${encodeURIComponent("1' UNION SELECT password FROM users-- ")}`

for (const [written, status] of [
  ['', 200],
  ['waf: false', 200],
  ['waf: { enabled: false }', 200],
  ['waf: { exclusions: [{ path: /x/* }] }', 200],
  ['app: pterodactyl', 200],
  ['waf: { enabled: true, mode: log }', 200],
  ['waf: true', 403],
  ['waf: { enabled: true }', 403],
  ['waf: { mode: block }', 403],
  ['app: pterodactyl\nwaf: true', 403],
  ['waf: { enabled: true, rules: { sql_injection: false } }', 200],
] as const) {
  t.test(`a route with ${JSON.stringify(written)} answers an attack with ${status}`, async (t) => {
    const { ask } = await start(t, `host: a.test\nbackend: http://b:80\n${written}\n`)
    t.equal(await ask('a.test', ATTACK), status)
    t.equal(await ask('a.test', '/?id=1'), 200)
  })
}

for (const [defaults, route, status] of [
  ['waf: true', 'waf: { exclusions: [{ path: /x/* }] }', 403],
  ['waf: { enabled: true }', 'waf: { sensitivity: high }', 403],
  ['waf: { mode: log }', 'waf: true', 200],
  ['waf: false', 'app: pterodactyl', 200],
] as const) {
  t.test(`defaults "${defaults}" and a route with "${route}" make ${status} of an attack`, async (t) => {
    const main = `defaults:\n  ${defaults}\n`
    const { ask } = await start(t, `host: a.test\nbackend: http://b:80\n${route}\n`, main)
    t.equal(await ask('a.test', ATTACK), status)
  })
}

t.test("the requirement's route refuses what its groups and sizes are about, and nothing else", async (t) => {
  const { ask, port } = await start(t, REQUIREMENT_15)
  const host = 'gpanel.chilla55.de'
  for (const target of [
    ATTACK,
    '/?q=%3Cscript%3Ealert(1)%3C/script%3E',
    '/?f=../../../../etc/passwd',
    '/?f=..%5c..%5c..%5cwindows%5cwin.ini',
    '/?f=%2e%2e/%2e%2e/%2e%2e/etc/passwd',
    '/?u=javascript:alert(document.cookie)',
    '/?x=%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E',
    '/?x=1;%20DROP%20TABLE%20users',
  ])
    t.equal(await ask(host, target), 403, target)
  t.equal(await ask(host, '/', 'User-Agent: sqlmap/1.8\r\n'), 403)
  t.equal(await ask(host, '/?q=select%20a%20server%20from%20the%20list%20--%20thanks'), 200)
  const post = (length: number) =>
    sendRaw(port, `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${length}\r\n\r\n`, /\r\n\r\n/)
  t.match(await post(10_485_761), /^HTTP\/1\.1 413 /)
  const others = 'Host'.length + host.length + 4 + 'X'.length + 4 + 'Connection'.length + 'close'.length + 4
  t.equal(await ask(host, '/', `X: ${'a'.repeat(8192 - others + 1)}\r\n`), 431)
  t.equal(await ask(host, '/', `X: ${'a'.repeat(8192 - others)}\r\n`), 200)
})

t.test('mistakes are found before a route starts, and say what to do', async (t) => {
  const problemsOf = (written: string) => {
    const file = `${t.testdir({ 'routes.yaml': `host: a.test\nbackend: http://b:80\nwaf: ${written}\n` })}/routes.yaml`
    return loadConfig({ file, plugins: [waf], env: {} }).findings.filter(({ severity }) => severity === 'error')
  }
  t.match(problemsOf('{ exclusions: [{ rule: sql }] }'), [{ message: /no rule or group "sql"/ }])
  t.match(problemsOf('{ exclusions: [{ path: "a b" }] }'), [{ message: /path pattern/ }])
  t.match(problemsOf('{ exclusions: [{}] }'), [{ message: /fewer than 1/ }])
  t.match(problemsOf("{ custom_rules: [{ id: a, pattern: '(' }] }"), [{ message: /no regular expression/ }])
  t.match(problemsOf("{ custom_rules: [{ id: a, pattern: 'x*' }] }"), [{ message: /where nothing is/ }])
  t.match(problemsOf('{ custom_rules: [{ id: xss, pattern: x }] }'), [{ message: /another rule or group/ }])
  t.match(problemsOf('{ rules: { sqli: true } }'), [{ message: /unknown key "sqli"/ }])
  t.match(problemsOf('{ mode: on }'), [{ message: /block, log/ }])
})

/** A gateway for the routes as written, with a backend of the test's. */
async function start(t: Test, written: string, main = '{}\n') {
  const folder = t.testdir({ 'drawbridge.yaml': main, routes: { 'a.yaml': written } })
  const { config, findings } = loadConfig({ file: `${folder}/drawbridge.yaml`, plugins: [waf], env: {} })
  t.same(
    findings.filter(({ severity }) => severity === 'error'),
    [],
  )
  const { url } = await startBackend(t, (request, response) => {
    request.resume()
    response.end('in')
  })
  const routes = config?.routes ?? []
  const { port } = await startGateway(t, {
    routes: Object.fromEntries(
      routes.map(({ hosts, plugins }) => [hosts[0], { plugins, backend: makeBackend(url) }] as const),
    ),
  })
  const ask = async (host: string, target: string, headers = '') => {
    const request = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${headers}Connection: close\r\n\r\n`
    return Number((await sendRaw(port, request)).split(' ', 2)[1])
  }
  return { ask, port }
}
