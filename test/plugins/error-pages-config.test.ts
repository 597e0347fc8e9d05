import { loadConfig, type RouteConfig } from '@drawbridge/config'
import { plugin as errorPages } from '@drawbridge/plugin-error-pages'
import t from 'tap'
import { makeBackend, sendRaw, startGateway } from '../support/fixtures.ts'

const ROUTE = 'host: a.test\nbackend: http://127.0.0.1:9\n'

t.test('pages of a route file are served, statuses written as numbers too', async (t) => {
  const pages = `pages:\n    502: ${t.testdirName}/502.html\n    4xx: ${t.testdirName}/4xx.html\n`
  const text = `${ROUTE}error_pages:\n  ${pages}  intercept: [503, 4xx]\n  language: de\n`
  const folder = t.testdir({ 'routes.yaml': text, '502.html': '<i>{{.Status}}</i>', '4xx.html': '' })
  const { routes, findings } = load(folder)
  t.same(findings, [])
  const { port } = await startGateway(t, {
    routes: { 'a.test': { plugins: routes[0]?.plugins ?? [], backend: makeBackend('http://127.0.0.1:9') } },
  })
  const request = 'GET / HTTP/1.1\r\nHost: a.test\r\nAccept: text/html\r\nConnection: close\r\n\r\n'
  t.match(await sendRaw(port, request), /\r\n\r\n<i>502<\/i>$/)
})

t.test('a page that cannot be used is an error that names the line', (t) => {
  const text = `${ROUTE}error_pages:\n  pages:\n    404: /nowhere/404.html\n`
  const { findings, routes } = load(t.testdir({ 'routes.yaml': text }))
  t.same(routes, [])
  t.match(findings, [
    { severity: 'error', line: 5, message: 'the page /nowhere/404.html cannot be used: there is no such file' },
  ])
  t.end()
})

t.test('the plugin is on unless a route says otherwise', (t) => {
  const { routes } = load(t.testdir({ 'routes.yaml': `${ROUTE}---\n${ROUTE.replace('a.', 'b.')}error_pages: false\n` }))
  t.same(
    routes.map(({ plugins }) => plugins.length),
    [1, 0],
  )
  t.match(routes[0]?.plugins[0]?.options, { pages: {}, intercept: [], language: 'auto' })
  t.end()
})

function load(folder: string): { routes: readonly RouteConfig[]; findings: readonly object[] } {
  const { config, findings } = loadConfig({ file: `${folder}/routes.yaml`, plugins: [errorPages], env: {} })
  return { routes: config?.routes ?? [], findings: findings.filter(({ severity }) => severity === 'error') }
}
