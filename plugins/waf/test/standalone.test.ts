import Fastify from 'fastify'
import t, { type Test } from 'tap'
import waf from '../src/index.ts'

const SQL = "1' UNION SELECT password FROM users-- "

t.test('in any Fastify app it refuses attacks, and hands on bodies as they came', async (t) => {
  const app = await build(t, { enabled: true })
  t.match((await app.inject(`/?id=${encodeURIComponent(SQL)}`)).json(), { code: 'DRAWBRIDGE_WAF_REQUEST_REFUSED' })
  t.equal((await app.inject({ method: 'POST', url: '/', payload: { id: SQL } })).statusCode, 403)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const post = (body: object) =>
    fetch(url, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
  t.equal((await post({ id: SQL })).status, 403)
  t.same(await (await post({ id: 'hello' })).json(), { body: { id: 'hello' } })
})

t.test('it only watches where nobody says more', async (t) => {
  const app = await build(t, {})
  t.equal((await app.inject(`/?id=${encodeURIComponent(SQL)}`)).statusCode, 200)
})

t.test('with all rules off and no size given it does nothing at all', async (t) => {
  const names =
    'sql_injection xss path_traversal suspicious_headers command_injection code_injection template_injection'
  const more = 'server_side_request query_injection protocol custom'
  const rules = Object.fromEntries(`${names} ${more}`.split(' ').map((name) => [name, false]))
  const app = await build(t, { enabled: true, rules })
  t.equal(
    (await app.inject({ url: `/?id=${encodeURIComponent(SQL)}`, headers: { 'user-agent': 'sqlmap' } })).statusCode,
    200,
  )
})

async function build(t: Test, options: object) {
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(waf, options as Record<string, unknown>)
  app.get('/', async () => ({}))
  app.post('/', async ({ body }) => ({ body }))
  await app.ready()
  return app
}
