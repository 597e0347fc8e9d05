import { createServer as createBareServer, type RequestListener } from 'node:http'
import { connect, type Socket } from 'node:net'
import { generate } from 'selfsigned'
import t from 'tap'
import { closeServer, createListener, type ListenerLimits, listenOn } from '../src/listener.ts'
import { PASSWORD, sendTo, startAdmin, type Teardown } from './fixture.ts'

const LIMITS: ListenerLimits = { headersMs: 100, requestMs: 200, stalledMs: 300, maxConnections: 3 }

t.test('a client that is slow with its head or its body is cut', async (t) => {
  const port = await listen(t, (request, response) => {
    request.resume()
    request.on('end', () => response.end('ok'))
  })
  for (const text of [
    'GET / HTTP/1.1\r\nHost: loc',
    'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx',
  ])
    t.match(await talk(port, text), / 408 /)
})

t.test('a client that does not take its answer is cut', async (t) => {
  const cut = Promise.withResolvers<boolean>()
  const port = await listen(t, (_request, response) => {
    response.on('close', () => cut.resolve(response.writableFinished))
    response.end('x'.repeat(30_000_000))
  })
  const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'))
  t.teardown(() => socket.destroy())
  socket.pause()
  t.equal(await cut.promise, false)
})

t.test('more connections than there may be are closed, and there is room again after', async (t) => {
  const port = await listen(t, (_request, response) => response.end('ok'))
  const idle = await Promise.all([1, 2, 3].map(() => open(port)))
  const fourth = connect(port, '127.0.0.1')
  t.equal(await closed(fourth), true)
  for (const socket of idle) socket.destroy()
  // Until the server has seen that they are gone.
  let answer = ''
  while (answer === '') answer = await talk(port, 'GET / HTTP/1.0\r\nConnection: close\r\n\r\n')
  t.match(answer, / 200 /)
})

t.test('with a certificate it speaks TLS, and signing in works under any name that is allowed', async (t) => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'gate.example.org' }], { keyType: 'ec' })
  const { port, addUser: _, lines } = await startAdmin(t, { tls: { key, cert }, allowedHosts: ['gate.example.org'] })
  const send = (method: string, path: string, sent = {}) =>
    sendTo({ port, method, path, isTls: true, ...{ rejectUnauthorized: false } }, sent)
  while (lines.length === 0) await new Promise((resolve) => setImmediate(resolve))
  const token = /enter (\S+) with/.exec(lines.join())?.[1]
  const headers = { host: 'gate.example.org' }
  const body = { token, username: 'alice', password: PASSWORD }
  t.equal((await send('POST', '/api/setup', { headers, body })).status, 201)
  const login = { username: 'alice', password: PASSWORD }
  t.equal((await send('POST', '/api/login', { headers, body: login })).status, 200)
  const origin = 'http://gate.example.org'
  t.equal(
    (await send('POST', '/api/login', { headers: { ...headers, origin }, body: login })).status,
    403,
    'no page of http',
  )
})

t.test('a taken port is an error, and closing leaves nothing behind', async (t) => {
  const { admin, port } = await startAdmin(t)
  const other = createBareServer()
  t.teardown(() => other.close())
  await t.rejects(listenOn(other, { host: '127.0.0.1', port }), { code: 'EADDRINUSE' })
  const socket = await open(port)
  await Promise.all([admin.close(), closed(socket)])
  await t.rejects(sendTo({ port, path: '/livez' }), { code: 'ECONNREFUSED' })
})

async function listen(t: Teardown, handler: RequestListener): Promise<number> {
  const server = createListener(handler, { limits: LIMITS }).ref()
  t.teardown(() => closeServer(server))
  return (await listenOn(server, { host: '127.0.0.1', port: 0 })).port
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.once('error', reject)
  })
}

function closed(socket: Socket): Promise<boolean> {
  socket.on('error', () => {})
  return new Promise((resolve) => socket.once('close', () => resolve(true)))
}

/** Sends this and nothing more; resolves with what comes back until the end. */
function talk(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let received = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.on('data', (chunk) => {
      received += chunk
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(received))
  })
}
