import { type ClientRequest, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import limits from '@drawbridge/plugin-limits'
import Fastify from 'fastify'
import t from 'tap'

async function serve(t: { teardown(action: () => unknown): void }, options: Record<string, unknown>): Promise<number> {
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(limits, options)
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  app.post('/*', async (request) => String((request.body as string).length))
  await app.listen({ port: 0, host: '127.0.0.1' })
  return (app.server.address() as AddressInfo).port
}

function startChunked(port: number, path: string): ClientRequest {
  return httpRequest({
    port,
    host: '127.0.0.1',
    path,
    method: 'POST',
    headers: { 'content-type': 'a/b' },
    agent: false,
  })
}

async function answerOf(request: ClientRequest): Promise<[status: number | undefined, body: string]> {
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    request.on('response', resolve)
    request.on('error', reject)
  })
  let body = ''
  for await (const chunk of response) body += chunk
  return [response.statusCode, body]
}

t.test('counts a chunked body while Fastify reads it: the limit passes, one byte more does not', async (t) => {
  const port = await serve(t, { max_request_body: 1000 })
  const exact = startChunked(port, '/')
  exact.write('a'.repeat(600))
  exact.end('a'.repeat(400))
  t.same(await answerOf(exact), [200, '1000'])
  const over = startChunked(port, '/')
  over.write('a'.repeat(600))
  over.end('a'.repeat(401))
  const [status, body] = await answerOf(over)
  t.equal(status, 413)
  t.equal(JSON.parse(body).code, 'DRAWBRIDGE_LIMITS_BODY_TOO_LARGE')
})

t.test('answers a client that has not finished sending', async (t) => {
  const port = await serve(t, { paths: [{ path: '/small', max_request_body: 10 }] })
  const endless = startChunked(port, '/small')
  endless.on('error', () => {})
  endless.write('a'.repeat(11))
  const [status] = await answerOf(endless)
  t.equal(status, 413)
  endless.destroy()
})
