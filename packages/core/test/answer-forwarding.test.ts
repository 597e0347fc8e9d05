import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { sendRaw, startBackend, startGateway, startRawBackend } from '../../../test/support/fixtures.ts'
import { bodyOf, digestOf } from './bodies.ts'
import { openClient, requestText } from './raw-client.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

t.test('answers without a body: HEAD, 204 and 304 keep their headers', async (t) => {
  const answers: Record<string, string> = {
    '/head': 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nETag: "x"\r\n\r\n',
    '/head-chunked': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nETag: "x"\r\n\r\n',
    '/204': 'HTTP/1.1 204 No Content\r\nETag: "x"\r\n\r\n',
    '/304': 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 5\r\n\r\n',
  }
  const { url } = await startRawBackend(t, (socket) => {
    socket.on('data', (chunk: Buffer) => socket.write(answers[chunk.toString('latin1').split(' ')[1] ?? ''] ?? ''))
  })
  const { port } = await startGateway(t, { routes: { 'app.test': url } })
  for (const path of Object.keys(answers)) {
    const method = path.startsWith('/head') ? 'HEAD' : 'GET'
    const received = await sendRaw(port, requestText(`${method} ${path}`, ['Connection: close']))
    t.match(received, /^HTTP\/1\.1 (?:200|204|304) [\s\S]*\r\nETag: "x"\r\n[\s\S]*\r\n\r\n$/, path)
  }
  t.match(await sendRaw(port, requestText('HEAD /head', ['Connection: close'])), /\r\nContent-Length: 1000\r\n/)
})

t.test('trailers pass, announced or not, behind short bodies and long ones', async (t) => {
  for (const size of [0, 3, 50_000]) {
    const chunk = size === 0 ? '' : `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`
    const answer = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n${chunk}0\r\nX-Sum: 1\r\nX-Other: 2\r\n\r\n`
    const { url } = await startRawBackend(t, (socket) => socket.on('data', () => socket.write(answer)))
    const { port } = await startGateway(t, { routes: { 'app.test': url } })
    const received = await sendRaw(port, requestText('GET /', ['Connection: close']))
    t.match(received, /\r\nTrailer: X-Sum\r\n[\s\S]*\r\n0\r\nX-Sum: 1\r\nX-Other: 2\r\n\r\n$/, `${size} bytes`)
    const old = await sendRaw(port, requestText('GET /').replace('1.1', '1.0'))
    t.match(old, /^HTTP\/1\.1 200 OK\r\n/, 'a client that knows no chunks gets the body alone')
    t.notMatch(old, /trailer|X-Sum|chunked/i)
    t.equal(old.slice(old.indexOf('\r\n\r\n') + 4).length, size)
  }
})

t.test('an announced trailer that does not come spoils nothing', async (t) => {
  const answer = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\n\r\n'
  const { url } = await startRawBackend(t, (socket) => socket.on('data', () => socket.write(answer)))
  const { port } = await startGateway(t, { routes: { 'app.test': url } })
  t.match(await sendRaw(port, requestText('GET /', ['Connection: close'])), /^HTTP\/1\.1 200 [\s\S]*ok$/)
})

t.test('server-sent events arrive one by one, each before the next is sent', async (t) => {
  let send = (_text: string) => {}
  const { url } = await startBackend(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    send = (text) => response.write(text)
  })
  const { port } = await startGateway(t, { routes: { 'app.test': url } })
  const client = openClient(t, port, requestText('GET /'))
  await client.until(/\r\n\r\n/)
  for (let i = 0; i < 5; i += 1) {
    send(`data: ${i}\n\n`)
    t.match(await client.until(new RegExp(`data: ${i}\n\n`)), `data: ${i}`)
  }
})

t.test('many answers at once: each client gets the bytes meant for it, slow ones too', async (t) => {
  const sizes = [1, 100, 5000, 16_384, 16_385, 70_000, 500_000]
  const { url } = await startBackend(t, async (request, response) => {
    const [, id = '', size = ''] = /^\/(\d+)\/(\d+)/.exec(request.url ?? '') ?? []
    const body = bodyOf(Number(id), Number(size))
    if (Number(id) % 2 === 0) response.setHeader('content-length', body.length)
    for (let at = 0; at < body.length; at += 9973) {
      response.write(body.subarray(at, at + 9973))
      if (Number(id) % 3 === 0) await wait(0)
    }
    response.end()
  })
  const { port } = await startGateway(t, { routes: { 'app.test': url } })
  const wrong: string[] = []
  const runs = Array.from({ length: 84 }, async (_, id) => {
    const size = sizes[id % sizes.length] ?? 0
    const digest = await download(port, `/${id}/${size}`, id % 4 === 0)
    if (digest !== digestOf(bodyOf(id, size))) wrong.push(`${id}: ${size} bytes`)
  })
  await Promise.all(runs)
  t.same(wrong, [])
})

t.test('a short answer and its head leave in one write, a body without length gets one when it is whole', async (t) => {
  const { url } = await startRawBackend(t, (socket) => {
    socket.on('data', () =>
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n0\r\n\r\n'),
    )
  })
  const { port } = await startGateway(t, { routes: { 'app.test': url } })
  const received = await sendRaw(port, requestText('GET /', ['Connection: close']))
  t.match(received, /\r\nContent-Length: 5\r\n[\s\S]*short$/)
})

t.test('the same kept connection serves answers of every kind one after the other', async (t) => {
  const answers = [
    OK,
    'HTTP/1.1 204 No Content\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-T: 1\r\n\r\n',
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n',
    'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  ]
  let connections = 0
  let count = 0
  const { url } = await startRawBackend(t, (socket) => {
    connections += 1
    socket.on('data', () => {
      socket.write(answers[count % answers.length] ?? '')
      count += 1
    })
  })
  const { port } = await startGateway(t, { routes: { 'app.test': url } })
  const client = openClient(t, port)
  for (let i = 0; i < 24; i += 1) {
    const before = client.received.length
    client.write(requestText(`GET /${i}`))
    const ending = ['ok', '\r\n\r\n', 'X-T: 1\r\n\r\n', '\r\n\r\n', 'ok', '\r\n\r\n'][i % 6] ?? ''
    await client.until(new RegExp(`^[\\s\\S]{${before}}HTTP/1\\.1 [\\s\\S]*${ending}$`))
  }
  t.equal(connections, 1)
})

function download(port: number, path: string, isSlow: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, path, headers: { host: 'app.test' } }, async (response) => {
      const hash = createHash('sha256')
      for await (const chunk of response) {
        hash.update(chunk as Buffer)
        if (isSlow) await wait(1)
      }
      resolve(hash.digest('hex'))
    })
    outgoing.on('error', reject).end()
  })
}
