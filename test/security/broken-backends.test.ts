import type { Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { plugin as timeouts } from '@drawbridge/plugin-timeouts'
import { plugin as tracing } from '@drawbridge/plugin-tracing'
import t from 'tap'
import { listen, startGateway, startRawBackend, type Teardown } from '../support/fixtures.ts'
import { makeCertificate } from './certificate.ts'
import { ask, get } from './raw-client.ts'
import { readStrictResponses } from './strict-response.ts'

const IMPATIENT = { response_header: '200ms', read: '200ms', write: '200ms' }
const UPLOAD_BYTES = 32 * 1024 * 1024

interface Case {
  readonly name: string
  /** Plays the backend once a whole head has come. */
  play(socket: Socket): void
  /** What the client gets: a status, or a connection that breaks in the middle of an answer. */
  readonly expect: number | 'cut'
  readonly code: string
  readonly cause?: string | RegExp
  readonly request?: readonly (string | Buffer)[]
}

const CASES: readonly Case[] = [
  {
    name: 'resets the connection before its head',
    play: (socket) => socket.resetAndDestroy(),
    expect: 502,
    code: 'DRAWBRIDGE_CORE_UPSTREAM_RESET',
    cause: 'ECONNRESET',
  },
  {
    name: 'closes cleanly before its head',
    play: (socket) => socket.end(),
    expect: 502,
    code: 'DRAWBRIDGE_CORE_UPSTREAM_RESET',
  },
  {
    name: 'closes in the middle of its head',
    play: (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Le'),
    expect: 502,
    code: 'DRAWBRIDGE_CORE_UPSTREAM_RESET',
  },
  {
    name: 'says nothing',
    play: () => {},
    expect: 504,
    code: 'DRAWBRIDGE_TIMEOUTS_RESPONSE_HEADER',
  },
  {
    name: 'stops in the middle of its body',
    play: (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart'),
    expect: 'cut',
    code: 'DRAWBRIDGE_TIMEOUTS_READ',
  },
  {
    name: 'sends a broken head',
    play: (socket) => socket.write('HTTP/1.1 200 OK\r\nno colon\r\n\r\n'),
    expect: 502,
    code: 'DRAWBRIDGE_CORE_UPSTREAM_INVALID',
  },
  {
    name: 'sends something else than HTTP',
    play: (socket) => socket.write('220 mail.test ESMTP\r\n'),
    expect: 502,
    code: 'DRAWBRIDGE_CORE_UPSTREAM_INVALID',
  },
  {
    name: 'sends fewer bytes than it declares',
    play: (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart'),
    expect: 'cut',
    code: 'DRAWBRIDGE_CORE_UPSTREAM_RESET',
  },
  {
    name: 'closes in the middle of a chunk',
    play: (socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\npart'),
    expect: 'cut',
    code: 'DRAWBRIDGE_CORE_UPSTREAM_RESET',
  },
  {
    name: 'closes without the last chunk',
    play: (socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n'),
    expect: 'cut',
    code: 'DRAWBRIDGE_CORE_UPSTREAM_RESET',
  },
  {
    name: 'sends a broken chunk before anything went on',
    play: (socket) => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\nnonsense\r\n'),
    expect: 502,
    code: 'DRAWBRIDGE_CORE_UPSTREAM_INVALID',
  },
  {
    name: 'sends a broken chunk behind good ones',
    play(socket) {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n')
      setTimeout(() => socket.write('nonsense\r\n'), 20)
    },
    expect: 'cut',
    code: 'DRAWBRIDGE_CORE_UPSTREAM_INVALID',
  },
  {
    name: 'resets the connection in the middle of its body',
    play(socket) {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart', () =>
        setTimeout(() => socket.resetAndDestroy(), 20),
      )
    },
    expect: 'cut',
    code: 'DRAWBRIDGE_CORE_UPSTREAM_RESET',
    cause: 'ECONNRESET',
  },
  {
    name: 'switches protocols unasked',
    play: (socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
    expect: 502,
    code: 'DRAWBRIDGE_CORE_UPSTREAM_INVALID',
  },
  {
    name: 'never reads the upload',
    play: (socket) => socket.pause(),
    expect: 504,
    code: 'DRAWBRIDGE_TIMEOUTS_WRITE',
    request: [
      `POST / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\nContent-Length: ${UPLOAD_BYTES}\r\n\r\n`,
      Buffer.alloc(UPLOAD_BYTES),
    ],
  },
]

for (const { name, play, expect, code, cause, request } of CASES) {
  t.test(`a backend that ${name}: ${expect}, and the log says why`, async (t) => {
    const backend = await startRawBackend(t, (socket) => socket.once('data', () => play(socket)))
    const { port, log } = await startGateway(t, {
      routes: { 'app.test': backend.url },
      plugins: [[timeouts, IMPATIENT], [tracing]],
    })
    const received = await ask(port, request ?? get('/'))
    const { answers, problem } = readStrictResponses(received, ['GET'])
    t.equal(expect === 'cut' ? problem !== undefined && 'cut' : answers[0]?.status, expect)
    t.notOk(revealsBackend(received, backend.port), 'the client learns nothing about the backend')
    const lines = log.lines.filter(({ facts }) => 'code' in facts)
    t.match(lines, [{ level: 'warn', facts: { code, host: 'app.test', backend: backend.url } }])
    t.equal(lines.length, 1)
    t.equal(lines[0]?.facts.request_id, /x-request-id: (\S+)/i.exec(received)?.[1], 'with the id that the client has')
    if (cause !== undefined) t.match(lines[0]?.facts.cause, cause)
  })
}

t.test('a backend that nobody runs: 502, and the log says why', async (t) => {
  const { port, log } = await startGateway(t, { routes: { 'app.test': 'http://127.0.0.1:1' }, plugins: [[tracing]] })
  const received = await ask(port, get('/'))
  t.match(received, /^HTTP\/1\.1 502 /)
  t.notMatch(received, /127\.0\.0\.1/)
  t.match(log.lines, [{ facts: { code: 'DRAWBRIDGE_CORE_UPSTREAM_UNREACHABLE', cause: 'ECONNREFUSED' } }])
})

t.test('a backend that speaks TLS on a plain port: 502', async (t) => {
  const { key, cert } = await makeCertificate()
  const server = createTlsServer({ key, cert }).on('tlsClientError', () => {})
  t.teardown(() => server.close())
  const { port } = await startGateway(t, { routes: { 'app.test': `http://127.0.0.1:${await listen(server)}` } })
  t.match(await ask(port, get('/')), /^HTTP\/1\.1 502 /)
})

t.test('a backend that sends more than it declares is cut off there, and its connection with it', async (t) => {
  let connections = 0
  const port = await startWith(t, (socket) => {
    connections += 1
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokSURPLUS'))
  })
  for (const received of [await ask(port, get('/')), await ask(port, get('/'))]) {
    const { answers, problem } = readStrictResponses(received, ['GET'])
    t.same([problem, answers.map(({ body }) => body)], [undefined, ['ok']])
  }
  t.equal(connections, 2)
})

t.test('surplus bytes on an idle connection poison nothing', async (t) => {
  let connections = 0
  const port = await startWith(t, (socket) => {
    connections += 1
    socket.on('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood', () =>
        setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison'), 20),
      )
    })
    socket.on('close', () => closed.resolve())
  })
  const closed = Promise.withResolvers<void>()
  t.match(await ask(port, get('/')), /good$/)
  await closed.promise
  t.match(await ask(port, get('/')), /good$/)
  t.equal(connections, 2, 'the poisoned connection was dropped')
})

t.test('a backend that answers before the upload is complete: its answer arrives, the connection closes', async (t) => {
  const aborted = Promise.withResolvers<void>()
  const port = await startWith(t, (socket) => {
    socket.once('data', () => socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nearly'))
    socket.on('close', () => aborted.resolve())
  })
  const head = 'POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 4000000\r\n\r\n'
  const { answers, problem } = readStrictResponses(await ask(port, [head, Buffer.alloc(3_000_000)]), ['POST'])
  t.equal(problem, undefined)
  t.match(answers, [{ status: 403, body: 'early' }])
  t.ok(answers[0]?.headers.some(([name, value]) => name === 'connection' && value === 'close'))
  await aborted.promise
})

t.test('informational answers: early hints pass, the others end here', async (t) => {
  const port = await startWith(t, (socket) => {
    socket.on('data', () => {
      socket.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n')
      socket.write(
        'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload, </b>; rel=preload; as="x y"\r\nX-Other: 1\r\n\r\n',
      )
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
  })
  const received = await ask(port, get('/'))
  t.match(
    received,
    /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a>; rel=preload, <\/b>; rel=preload; as="x y"\r\n\r\nHTTP\/1\.1 200 OK\r\n/,
  )
  t.match(await ask(port, get('/').replace('1.1', '1.0')), /^HTTP\/1\.1 200 /, 'HTTP/1.0 knows none of them')
})

async function startWith(t: Teardown, onSocket: (socket: Socket) => void): Promise<number> {
  const { url } = await startRawBackend(t, onSocket)
  return (await startGateway(t, { routes: { 'app.test': url } })).port
}

function revealsBackend(received: string, port: number): boolean {
  // A request id is random, and may well hold the digits of a port.
  return /127\.0\.0\.1/.test(received) || received.replaceAll(/request.id: .*/gi, '').includes(String(port))
}
