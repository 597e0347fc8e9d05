import retention from '@drawbridge/plugin-retention'
import Fastify from 'fastify'
import t from 'tap'

t.test('puts the greeting into every answer', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(retention, { greeting: 'moin' })
  app.get('/', async () => 'ok')
  const response = await app.inject('/')
  t.equal(response.headers['x-greeting'], 'moin')
})

t.test('refuses a greeting that would break the header', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(retention, { greeting: 'a\r\nb' })
  await t.rejects(async () => app.ready(), { message: /retention\.greeting/ })
})
