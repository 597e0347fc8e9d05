import access, { plugin } from '@drawbridge/plugin-access'
import { resolveOptions } from '@drawbridge/plugin-kit'
import Fastify from 'fastify'
import t from 'tap'

function problemsOf(raw: object) {
  const resolution = resolveOptions(plugin.options, raw)
  return 'value' in resolution ? (plugin.check?.(resolution.value) ?? []) : resolution.problems
}

t.test('entries that cannot be read are told with their place and how to write them', async (t) => {
  const problems = problemsOf({
    allow: ['192.168.0.0/16', '10.0.0.0/33', '203.0.113.7:8080'],
    paths: [{ path: '/a', deny: ['2001:db8::1', 'https://home.test'] }],
  })
  t.same(
    problems.map(({ severity, path }) => [severity, path.join('.')]),
    [
      ['error', 'allow.1'],
      ['error', 'allow.2'],
      ['error', 'paths.0.deny.1'],
    ],
  )
  for (const { hint } of problems)
    t.match(hint, /write 203\.0\.113\.7, 192\.168\.0\.0\/16, 2001:db8::\/32 or home\.example\.net/)
})

t.test('warns of rules that rule nothing', async (t) => {
  t.match(problemsOf({}), [{ severity: 'warning', path: [] }])
  t.match(problemsOf({ paths: [{ path: '/a' }] }), [{ severity: 'warning', path: ['paths', 0] }])
  t.match(problemsOf({ allow: ['10.0.0.1'], deny: ['all'] }), [{ severity: 'warning', path: ['allow'] }])
  t.same(problemsOf({ allow: ['10.0.0.1'], deny: ['10.0.0.2'], paths: [{ path: '/a', allow: ['all'] }] }), [])
})

t.test('an empty list is an error, because nobody can tell whether it means nobody or everybody', async (t) => {
  t.match(problemsOf({ allow: [] }), [{ severity: 'error', path: ['allow'] }])
})

t.test('does not start with entries that it cannot read', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(access, { allow: ['10.0.0.0/99'] })
  await t.rejects(Promise.resolve(app.ready()), /access\.allow\.1?.*"10\.0\.0\.0\/99" is no address, CIDR or DNS name/)
})

t.test('works in any Fastify app', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(access, { deny: ['192.0.2.1', '2001:db8::/32'] })
  app.get('/', async () => 'in')
  const from = async (remoteAddress: string) => (await app.inject({ url: '/', remoteAddress })).statusCode
  t.same(
    await Promise.all(['192.0.2.1', '192.0.2.2', '2001:db8::7', '2001:db9::7', 'garbage'].map(from)),
    [403, 200, 403, 200, 403],
  )
})

t.test(
  'everybody may be written in any case, and what else might mean everybody is refused with how to write it',
  async (t) => {
    t.match(problemsOf({ allow: ['10.0.0.1'], deny: ['ALL'] }), [{ severity: 'warning', path: ['allow'] }])
    const hint = 'write all for everybody'
    t.match(problemsOf({ deny: ['any'], paths: [{ path: '/a', deny: ['Everyone'] }] }), [
      { severity: 'error', path: ['deny', 0], hint },
      { severity: 'error', path: ['paths', 0, 'deny', 0], hint },
    ])
  },
)
