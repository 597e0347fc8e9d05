import type { RequestListener } from 'node:http'
import { plugin as limits } from '@drawbridge/plugin-limits'
import t from 'tap'
import { sendRaw, startBackend, startGateway, type Teardown } from '../support/fixtures.ts'

t.test('passes a response of exactly the limit and answers 502 to one that declares more', async (t) => {
  const { get, log } = await startLimited(t, { max_response_body: 1000 }, (request, response) => {
    response.setHeader('content-length', request.url === '/exact' ? 1000 : 1001)
    response.end('a'.repeat(request.url === '/exact' ? 1000 : 1001))
  })
  t.match(await get('/exact'), /^HTTP\/1\.1 200 [\s\S]+\r\n\r\na{1000}$/)
  const refused = await get('/over')
  t.match(refused, /^HTTP\/1\.1 502 /)
  t.notMatch(refused, 'aaa')
  t.match(log.lines, [{ facts: { code: 'DRAWBRIDGE_LIMITS_RESPONSE_TOO_LARGE' } }])
})

t.test('cuts a stream that grows over the limit, so that nobody takes the part for the whole', async (t) => {
  const { get, log } = await startLimited(t, { max_response_body: 1000 }, (_request, response) => {
    response.write('a'.repeat(600))
    setImmediate(() => setImmediate(() => response.write('b'.repeat(600))))
  })
  const cut = await get('/')
  t.match(cut, /^HTTP\/1\.1 200 [\s\S]+aaa/)
  t.match(cut, /transfer-encoding: chunked/i)
  t.notMatch(cut, '\r\n0\r\n\r\n')
  t.notMatch(cut, 'b'.repeat(401))
  t.match(log.lines, [{ message: /the answer was cut off/, facts: { code: 'DRAWBRIDGE_LIMITS_RESPONSE_TOO_LARGE' } }])
})

t.test('passes HEAD and 304 whatever length they name', async (t) => {
  const { get } = await startLimited(t, { max_response_body: 10 }, (request, response) => {
    response.writeHead(request.method === 'HEAD' ? 200 : 304, { 'content-length': 5000, etag: '"1"' })
    response.end()
  })
  t.match(await get('/', 'HEAD'), /^HTTP\/1\.1 200 [\s\S]*content-length: 5000/i)
  t.match(await get('/'), /^HTTP\/1\.1 304 /)
})

t.test('gives a path its own response limit', async (t) => {
  const options = { max_response_body: 10, paths: [{ path: '/files/*', max_response_body: 100 }] }
  const { get } = await startLimited(t, options, (_request, response) => response.end('a'.repeat(50)))
  t.match(await get('/files/a'), /^HTTP\/1\.1 200 /)
  t.match(await get('/a'), /^HTTP\/1\.1 502 /)
})

t.test('limits no response unless told to', async (t) => {
  const { get } = await startLimited(t, {}, (_request, response) => response.end('a'.repeat(20 * 1024 * 1024)))
  const answer = await get('/')
  t.ok(answer.length > 20 * 1024 * 1024)
})

async function startLimited(t: Teardown, options: Readonly<Record<string, unknown>>, listener: RequestListener) {
  const { url } = await startBackend(t, listener)
  const { port, log } = await startGateway(t, { routes: { 'a.test': url }, plugins: [[limits, options]] })
  const get = (path: string, method = 'GET') =>
    sendRaw(port, `${method} ${path} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`)
  return { get, log }
}
