import { createHash } from 'node:crypto'
import { request } from 'node:http'
import t from 'tap'
import { echoListener, sendRaw, startBackend, startGateway, startRawBackend } from '../../../test/support/fixtures.ts'
import { bodyOf, digestOf } from './bodies.ts'
import { openClient, requestText } from './raw-client.ts'

t.test('bodies of every kind reach the backend as they are', async (t) => {
  const { url } = await startBackend(t, echoListener)
  const { port } = await startGateway(t, { routes: { 'app.test': url } })
  const cases: [what: string, bytes: string, body: string, framing: Record<string, string>][] = [
    ['a length', requestText('POST /', ['Content-Length: 5'], 'he\r\no'), 'he\r\no', { 'content-length': '5' }],
    ['no body', requestText('POST /', ['Content-Length: 0']), '', { 'content-length': '0' }],
    ['none said', requestText('POST /'), '', { 'content-length': '0' }],
    ['GET with a body', requestText('GET /', ['Content-Length: 3'], 'abc'), 'abc', { 'content-length': '3' }],
    ['DELETE with a body', requestText('DELETE /', ['Content-Length: 1'], 'x'), 'x', { 'content-length': '1' }],
    [
      'chunks',
      requestText('PUT /', ['Transfer-Encoding: chunked'], '3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n'),
      'abcde',
      { 'transfer-encoding': 'chunked' },
    ],
    [
      'no chunk',
      requestText('PUT /', ['Transfer-Encoding: chunked'], '0\r\n\r\n'),
      '',
      { 'transfer-encoding': 'chunked' },
    ],
  ]
  for (const [what, bytes, body, framing] of cases) {
    const received = await openClient(t, port, bytes).until(/\}$/)
    t.match(JSON.parse(received.slice(received.indexOf('{'))), { body, headers: framing }, what)
  }
})

t.test('GET, HEAD and DELETE without a body get no Content-Length made up', async (t) => {
  const heads: string[] = []
  const { url } = await startRawBackend(t, (socket) => {
    socket.on('data', (chunk: Buffer) => {
      heads.push(chunk.toString('latin1'))
      socket.write('HTTP/1.1 204 No Content\r\n\r\n')
    })
  })
  const { port } = await startGateway(t, { routes: { 'app.test': url } })
  for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY'])
    await sendRaw(port, requestText(`${method} /`, ['Connection: close']))
  t.equal(heads.length, 6)
  t.notMatch(heads.join(''), /content-length|transfer-encoding/i)
})

t.test('a client that waits for 100 Continue gets it before it sends', async (t) => {
  const { url } = await startBackend(t, echoListener)
  const { port } = await startGateway(t, { routes: { 'app.test': url } })
  const client = openClient(t, port, requestText('POST /', ['Expect: 100-continue', 'Content-Length: 4']))
  t.equal(await client.until(/\r\n\r\n/), 'HTTP/1.1 100 Continue\r\n\r\n')
  client.write('body')
  const received = await client.until(/\}$/)
  const { body, headers } = JSON.parse(received.slice(received.indexOf('{')))
  t.equal(body, 'body')
  t.notOk('expect' in headers)
})

t.test('targets reach the backend byte for byte', async (t) => {
  const { url } = await startBackend(t, echoListener)
  const below = `${url}/base`
  const { port } = await startGateway(t, { routes: { 'app.test': url, 'below.test': below } })
  const targets = ['/', '/a%2Fb?x=%zz&y=%', '//evil.test/x', '/a;b=c/d', '/%E2%82%AC', '/?', '/a?b?c', '/"<>']
  for (const target of targets) {
    for (const [host, prefix] of [
      ['app.test', ''],
      ['below.test', '/base'],
    ]) {
      const text = requestText(`GET ${target}`).replace('app.test', host ?? '')
      const received = await openClient(t, port, text).until(/\}$/)
      const { url } = JSON.parse(received.slice(received.indexOf('{')))
      t.equal(url, prefix + target, `${host} ${target}`)
    }
  }
})

t.test('dot segments that stay inside pass, but never to a backend below a path', async (t) => {
  const { url } = await startBackend(t, echoListener)
  const { port } = await startGateway(t, { routes: { 'app.test': url, 'below.test': `${url}/base` } })
  const inside = requestText('GET /a/./b/../c', ['Connection: close'])
  t.match(await sendRaw(port, inside), /"url":"\/a\/\.\/b\/\.\.\/c"/)
  for (const target of ['/a/../c', '/a/../../c', '/..%2fc'])
    t.match(await sendRaw(port, requestText(`GET ${target}`).replace('app.test', 'below.test')), /^HTTP\/1\.1 400 /)
})

t.test('uploads at once: the backend gets each as it was sent', async (t) => {
  const { url } = await startBackend(t, async (request, response) => {
    const hash = createHash('sha256')
    for await (const chunk of request) hash.update(chunk as Buffer)
    response.end(hash.digest('hex'))
  })
  const { port } = await startGateway(t, { routes: { 'app.test': url } })
  const runs = Array.from({ length: 24 }, async (_, id) => {
    const body = bodyOf(id, 300_000 + id * 1000)
    t.equal(await upload(port, body, id % 2 === 0), digestOf(body))
  })
  await Promise.all(runs)
})

function upload(port: number, body: Buffer, isChunked: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'app.test', ...(isChunked ? {} : { 'content-length': body.length }) }
    const outgoing = request({ port, method: 'POST', headers }, async (response) => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve(text)
    })
    outgoing.on('error', reject)
    for (let at = 0; at < body.length; at += 20_000) outgoing.write(body.subarray(at, at + 20_000))
    outgoing.end()
  })
}
