import { RequestRecord } from '@drawbridge/plugin-kit'
import tracing from '@drawbridge/plugin-tracing'
import Fastify from 'fastify'
import t from 'tap'
import type { TracingOptions } from '../src/options.ts'
import { createIdentifier, isRequestId } from '../src/request-id.ts'

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

t.test('accepts 8 to 128 harmless characters', async (t) => {
  for (const id of ['abcdefgh', '0190-AZ.az_9', 'x'.repeat(128)]) t.ok(isRequestId(id), id)
  for (const id of [
    '',
    'seven77',
    'x'.repeat(129),
    'abc defgh',
    'abcdefg\t',
    'abcdefg"',
    'abcdefg/',
    'abcdefgé',
    'a,bcdefgh',
  ])
    t.notOk(isRequestId(id), id)
})

t.test('notes why it replaced an id, without the id', async (t) => {
  const attempt = (headers: string[], isTrustedPeer: boolean, accept = true) => {
    const record = createRecord(headers)
    record.isTrustedPeer = isTrustedPeer
    createIdentifier(createOptions({ accept_from_trusted: accept }))(record)
    t.match(record.requestId, UUID_V7)
    return record.decisions
  }
  const noted = (reason: string) => [{ by: 'tracing', what: 'request-id-replaced', facts: { reason } }]
  t.equal(attempt([], true), undefined, 'nothing to note')
  t.strictSame(attempt(['X-Request-ID', 'from-a-stranger'], false), noted('untrusted'))
  t.strictSame(attempt(['X-Request-ID', 'from-a-friend'], true, false), noted('untrusted'))
  t.strictSame(attempt(['X-Request-ID', '<script>1</script>'], true), noted('malformed'))
  t.strictSame(attempt(['X-Request-ID', 'abcdefgh', 'x-request-id', 'ijklmnop'], true), noted('malformed'))
})

t.test('reads the header that the options name', async (t) => {
  const record = createRecord(['X-Request-ID', 'another-header', 'x-CORRELATION-id', 'abcdefgh'])
  record.isTrustedPeer = true
  createIdentifier(createOptions({ header: 'X-Correlation-Id' }))(record)
  t.equal(record.requestId, 'abcdefgh')
})

t.test('gives ids that sort by time', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(tracing)
  app.get('/', async () => 'ok')
  const first = String((await app.inject('/')).headers['x-request-id'])
  const start = Date.now()
  while (Date.now() === start) await new Promise((resolve) => setImmediate(resolve))
  const second = String((await app.inject('/')).headers['x-request-id'])
  t.match(first, UUID_V7)
  t.ok(first < second, `${first} < ${second}`)
})

t.test('works in any Fastify app: handlers and answers see one id', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(tracing)
  app.get('/', async (request) => ({ seen: request.headers['x-request-id'], record: request.gateway.requestId }))
  const response = await app.inject({ url: '/', headers: { 'x-request-id': 'from-a-stranger' } })
  const id = response.headers['x-request-id']
  t.match(String(id), UUID_V7)
  t.strictSame(response.json(), { seen: id, record: id })
})

t.test('refuses header names that cannot be sent', async (t) => {
  for (const header of ['X_Request_ID', 'X-Request-ID:', '', 'x\r\ny']) {
    const app = Fastify()
    app.register(tracing, { header })
    await t.rejects(Promise.resolve(app.ready()), { message: /tracing\.header/ }, header)
    await app.close()
  }
})

function createRecord(rawHeaders: readonly string[]): RequestRecord {
  return new RequestRecord({
    method: 'GET',
    target: '/',
    rawHeaders,
    httpVersion: '1.1',
    peerAddress: '127.0.0.1',
    startedAt: 0,
  })
}

function createOptions(raw: Partial<TracingOptions>): TracingOptions {
  const standard = {
    header: 'X-Request-ID',
    accept_from_trusted: true,
    response_header: true,
    traceparent: true,
    accept_traceparent: 'any' as const,
  }
  return { ...standard, ...raw }
}
