import { connect, type Socket } from 'node:net'
import timeouts from '@drawbridge/plugin-timeouts'
import Fastify from 'fastify'
import t from 'tap'

t.test('registers in any Fastify app and leaves nothing running', async (t) => {
  const app = Fastify()
  app.register(timeouts, { read: '5s', total: '1m', idle: '10s' })
  app.get('/', async () => 'ok')
  t.equal((await app.inject('/')).body, 'ok')
  await app.close()
})

t.test('keeps idle connections of any Fastify app as long as it is told', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(timeouts, { idle: '10s' })
  app.get('/', async () => 'ok')
  let socket: Socket | undefined
  app.server.on('connection', (opened) => {
    socket = opened
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const client = connect((app.server.address() as { port: number }).port, '127.0.0.1')
  t.teardown(() => client.destroy())
  const ask = async () => {
    client.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
    let text = ''
    while (!text.endsWith('ok')) text += String(await new Promise((resolve) => client.once('data', resolve)))
    return text
  }
  t.match(await ask(), 'Keep-Alive: timeout=10\r\n')
  t.equal(socket?.timeout, 11_000, 'and a second of grace')
  t.match(await ask(), 'Keep-Alive: timeout=10\r\n', 'each answer anew')
  t.equal(socket?.timeout, 11_000)
})

t.test('refuses bounds it does not know', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(timeouts, { reed: '5s' })
  await t.rejects(Promise.resolve(app.ready()), { message: /timeouts\.reed: unknown key "reed"/ })
})
