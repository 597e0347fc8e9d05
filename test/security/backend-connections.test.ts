import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Backend } from '@drawbridge/config'
import { createTestClock } from '@drawbridge/plugin-kit/testing'
import t from 'tap'
import {
  listen,
  makeBackend,
  startGateway,
  startRawBackend,
  type Teardown,
  type TestGateway,
} from '../support/fixtures.ts'
import { makeCertificate } from './certificate.ts'
import { ask, get } from './raw-client.ts'
import { readStrictResponses } from './strict-response.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

t.test('https: the certificate counts', async (t) => {
  const { key, cert } = await makeCertificate()
  const server = createHttpsServer({ key, cert }, (_request, response) => response.end('secret'))
  server.on('tlsClientError', () => {})
  t.teardown(() => server.close())
  const port = await listen(server)
  const cases: { name: string; tls: Backend['tls']; url: string; status: number }[] = [
    { name: 'self-signed', tls: undefined, url: `https://localhost:${port}`, status: 502 },
    { name: 'not verified', tls: { verify: false }, url: `https://localhost:${port}`, status: 200 },
    { name: 'trusted', tls: { verify: true, ca: cert }, url: `https://localhost:${port}`, status: 200 },
    { name: 'trusted, by address', tls: { verify: true, ca: cert }, url: `https://127.0.0.1:${port}`, status: 200 },
    {
      name: 'trusted, for another name',
      tls: { verify: true, ca: cert, serverName: 'other.test' },
      url: `https://localhost:${port}`,
      status: 502,
    },
  ]
  for (const { name, tls, url, status } of cases) {
    await t.test(`${name}: ${status}`, async (t) => {
      const { port, log } = await startGateway(t, {
        routes: { 'app.test': { backend: { ...makeBackend(url), ...(tls === undefined ? {} : { tls }) } } },
      })
      t.equal(statusOf(await ask(port, get('/'))), status)
      if (status === 502) t.match(log.lines, [{ facts: { code: 'DRAWBRIDGE_CORE_UPSTREAM_UNTRUSTED' } }])
    })
  }
})

t.test('https to a port that does not speak it is no question of trust', async (t) => {
  const { url } = await startRawBackend(t, (socket) => socket.on('data', () => socket.write(OK)))
  const { port, log } = await startGateway(t, { routes: { 'app.test': url.replace('http:', 'https:') } })
  t.equal(statusOf(await ask(port, get('/'))), 502)
  t.match(log.lines, [{ facts: { code: 'DRAWBRIDGE_CORE_UPSTREAM_UNREACHABLE', cause: /^ERR_SSL_/ } }])
})

t.test('a unix socket is a backend like any other', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'drawbridge-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = path.join(folder, 'app.sock')
  const server = createServer((request, response) => response.end(`${request.headers.host} ${request.url}`))
  await new Promise<void>((resolve) => server.listen(file, resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = await startGateway(t, { routes: { 'app.test': `unix:${file}` } })
  t.match(await ask(port, get('/x')), /^HTTP\/1\.1 200 [\s\S]*app\.test \/x$/)
})

t.test('requests one after the other share one connection', async (t) => {
  const pool = await startPool(t, (socket) => socket.on('data', () => socket.write(OK)))
  for (let i = 0; i < 20; i += 1) t.match(await ask(pool.port, get('/')), /ok$/)
  t.equal(pool.connections, 1)
})

for (const { name, answer } of [
  { name: 'it says so', answer: 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok' },
  { name: 'it speaks HTTP/1.0', answer: 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok' },
  { name: 'it keeps it for a second only', answer: OK.replace('\r\n', '\r\nKeep-Alive: timeout=1\r\n') },
]) {
  t.test(`a connection is not used again when ${name}`, async (t) => {
    const pool = await startPool(t, (socket) => socket.on('data', () => socket.write(answer)))
    for (let i = 0; i < 3; i += 1) t.match(await ask(pool.port, get('/')), /ok$/)
    t.equal(pool.connections, 3)
  })
}

t.test('an idle connection is closed before the backend closes it', async (t) => {
  const clock = createTestClock()
  const closed = Promise.withResolvers<void>()
  const answer = OK.replace('\r\n', '\r\nKeep-Alive: timeout=5\r\n')
  const { url } = await startRawBackend(t, (socket) => {
    socket.on('data', () => socket.write(answer)).on('close', () => closed.resolve())
  })
  const { port } = await startGateway(t, { routes: { 'app.test': url }, clock })
  t.match(await ask(port, get('/')), /ok$/)
  clock.advance(4000)
  await closed.promise
})

/** What a backend does when a kept connection is used again. */
const STALE: readonly { readonly name: string; readonly isUntouched: boolean; play(socket: Socket): void }[] = [
  { name: 'resets it', isUntouched: true, play: (socket) => socket.resetAndDestroy() },
  { name: 'closes it', isUntouched: true, play: (socket) => socket.end() },
  { name: 'closes it behind the beginning of a head', isUntouched: false, play: (socket) => socket.end('HTTP/1.1 2') },
  {
    name: 'closes it behind early hints',
    isUntouched: false,
    play: (socket) => socket.end('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'),
  },
  {
    name: 'switches protocols on it',
    isUntouched: false,
    play: (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
  },
]
for (const { name, isUntouched, play } of STALE) {
  for (const method of ['GET', 'PUT', 'POST']) {
    const isRepeated = isUntouched && method !== 'POST'
    const what = isRepeated ? 'sent once more' : 'not sent twice'
    t.test(`a backend that ${name} when it is used again: ${method} is ${what}`, async (t) => {
      const seen: string[] = []
      const pool = await startPool(t, (socket) => {
        let requests = 0
        socket.on('data', (chunk: Buffer) => {
          requests += 1
          seen.push(chunk.toString('latin1').split(' ', 1)[0] ?? '')
          if (requests === 1) socket.write(OK)
          else play(socket)
        })
      })
      await ask(pool.port, get('/'))
      const received = await ask(pool.port, get('/').replace('GET', method))
      t.equal(statusOf(received), isRepeated ? 200 : 502)
      t.same(seen.slice(1), isRepeated ? [method, method] : [method])
    })
  }
}

t.test('a request with a body is never sent twice, whatever its method', async (t) => {
  let uploads = 0
  const pool = await startPool(t, (socket) => {
    let requests = 0
    socket.on('data', (chunk: Buffer) => {
      requests += 1
      if (chunk.toString('latin1').startsWith('PUT ')) uploads += 1
      if (requests === 1) socket.write(OK)
      else socket.resetAndDestroy()
    })
  })
  await ask(pool.port, get('/'))
  const upload = get('/').replace('GET', 'PUT').replace('\r\n\r\n', '\r\nContent-Length: 2\r\n\r\nab')
  t.equal(statusOf(await ask(pool.port, upload)), 502)
  t.equal(uploads, 1)
})

t.test('it is repeated once, not for ever', async (t) => {
  let heads = 0
  const pool = await startPool(t, (socket) => {
    socket.on('data', () => {
      heads += 1
      if (heads === 1) socket.write(OK)
      else socket.resetAndDestroy()
    })
  })
  await ask(pool.port, get('/'))
  t.equal(statusOf(await ask(pool.port, get('/'))), 502)
  t.equal(heads, 3)
})

async function startPool(
  t: Teardown,
  onSocket: (socket: Socket) => void,
): Promise<TestGateway & { readonly connections: number }> {
  let connections = 0
  const { url } = await startRawBackend(t, (socket) => {
    connections += 1
    onSocket(socket)
  })
  const gateway = await startGateway(t, { routes: { 'app.test': url } })
  return {
    ...gateway,
    get connections() {
      return connections
    },
  }
}

function statusOf(received: string): number | undefined {
  return readStrictResponses(received, ['GET']).answers[0]?.status
}
