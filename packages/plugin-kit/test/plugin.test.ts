import { createServices, definePlugin, type RequestRecord } from '@drawbridge/plugin-kit'
import { createTestClock } from '@drawbridge/plugin-kit/testing'
import Fastify from 'fastify'
import t from 'tap'
import { Type } from 'typebox'

const NoOptions = Type.Object({}, { additionalProperties: false })
const base = { name: 'sample', key: 'sample', phase: 'guard', isOnByDefault: false, options: NoOptions } as const

t.test('a definition that contradicts itself is refused', async (t) => {
  t.throws(() => definePlugin({ ...base, name: 'NotKebab' }), { message: /not kebab-case/ })
  t.throws(() => definePlugin({ ...base, key: 'not-snake' }), { message: /not snake_case/ })
  t.throws(() => definePlugin({ ...base, options: Type.Object({}) }), { message: /must be closed/ })
})

t.test('a plugin registers in any Fastify app and sees each request once it is over', async (t) => {
  const seen: string[] = []
  const plugin = definePlugin({
    ...base,
    wire(app, _options, host) {
      app.addHook('onRequest', (request, _reply, done) => {
        seen.push(`${request.gateway.method} ${request.gateway.policyPath} from ${request.gateway.clientAddress}`)
        done()
      })
      host.onFinish((record) => seen.push(`finished with ${record.status}`))
    },
  })
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(plugin.route, {})
  app.get('/Path', async () => 'ok')
  await app.inject('/Path?query')
  t.strictSame(seen, ['GET /path from 127.0.0.1', 'finished with 200'])
})

t.test('a request is over, too, when its client has left', async (t) => {
  const left = Promise.withResolvers<RequestRecord>()
  const plugin = definePlugin({ ...base, wire: (_app, _options, host) => host.onFinish(left.resolve) })
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(plugin.route, {})
  const client = new AbortController()
  app.get('/', () => {
    client.abort()
    return new Promise(() => {})
  })
  await t.rejects(fetch(await app.listen({ port: 0, host: '127.0.0.1' }), { signal: client.signal }))
  t.match(await left.promise, { isFinished: true, isAborted: true })
})

t.test('a service is made once, kept, and stopped in the end', async (t) => {
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const calls: string[] = []
  const service = () => {
    calls.push('made')
    return { stop: () => void calls.push('stopped') }
  }
  const plugin = definePlugin({ ...base, service })
  const services = createServices({ log, clock: createTestClock() })
  t.equal(services.get(plugin), services.get(plugin))
  await services.stop()
  t.strictSame(calls, ['made', 'stopped'])
  t.throws(() => services.get(definePlugin(base)), { message: /has no service/ })
})

t.test('the test clock runs what became due, in order', async (t) => {
  const clock = createTestClock()
  const ticks: string[] = []
  clock.every(30, () => ticks.push(`slow at ${clock.now()}`))
  const stop = clock.every(20, () => ticks.push(`fast at ${clock.now()}`))
  clock.advance(45)
  stop()
  clock.advance(45)
  t.strictSame(ticks, ['fast at 20', 'slow at 30', 'fast at 40', 'slow at 60', 'slow at 90'])
})
