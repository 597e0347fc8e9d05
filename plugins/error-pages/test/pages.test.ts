import { createHash } from 'node:crypto'
import t from 'tap'
import { buildFailing } from './support.ts'

const ID = '0199c2f4-8a3b-7c21-9d5e-6f0a1b2c3d4e'
const MEGABYTE = 1024 ** 2
const html = { accept: 'text/html' }
const json = { accept: 'application/json' }

t.test('shows status and request id as the requirement writes them', async (t) => {
  const { app } = buildFailing(t, { statusCode: 502 }, { requestId: ID })
  const { body, statusCode } = await app.inject({ url: '/', headers: html })
  t.equal(statusCode, 502)
  t.match(body, '<h1>502 Bad Gateway</h1>')
  t.match(body, `<p>Request ID: ${ID}</p>`)
  t.match(body, '<p>Please include this ID when reporting the issue.</p>')
})

t.test('says the same in text and as problem details', async (t) => {
  const { app } = buildFailing(t, { statusCode: 502 }, { requestId: ID })
  const text = await app.inject('/')
  t.match(text.body, /^502 Bad Gateway\nThe service behind[^\n]+\nRequest ID: /)
  t.match(text.body, `Request ID: ${ID}\nPlease include this ID when reporting the issue.\n`)
  const problem = await app.inject({ url: '/', headers: json })
  t.strictSame(problem.json(), {
    type: 'about:blank',
    title: 'Bad Gateway',
    status: 502,
    detail: 'The service behind this address gave no usable answer. Trying again in a moment may help.',
    instance: ID,
    request_id: ID,
  })
})

t.test('leaves out the request id where nothing gives one', async (t) => {
  const { app } = buildFailing(t, { statusCode: 404 })
  t.equal((await app.inject('/')).body, '404 Not Found\nThere is nothing at this address.\n')
  t.notMatch((await app.inject({ url: '/', headers: html })).body, 'Request ID')
  t.notOk('request_id' in (await app.inject({ url: '/', headers: json })).json())
})

t.test('shows no internal message, in no form', async (t) => {
  const { app } = buildFailing(t, { statusCode: 502, message: 'connect ECONNREFUSED 10.0.0.5:80' })
  for (const accept of ['text/html', 'application/json', '*/*']) {
    const { body } = await app.inject({ url: '/admin?token=s3cret', headers: { accept, host: 'evil.test' } })
    t.notMatch(body, /10\.0\.0\.5|ECONNREFUSED|127\.0\.0\.1|evil\.test|admin|s3cret/, accept)
  }
})

t.test('answers 500 to what is no refusal, and logs it', async (t) => {
  for (const error of [{}, { statusCode: 200 }, { statusCode: 1000 }, { statusCode: 500 }]) {
    const { app, lines } = buildFailing(t, { message: 'boom', ...error }, { requestId: ID })
    const { statusCode, body } = await app.inject('/')
    t.equal(statusCode, 500)
    t.match(body, /^500 Internal Server Error\nSomething went wrong on our side\./)
    if (error.statusCode !== 500)
      t.match(lines, [{ msg: 'a request failed', request_id: ID, err: { message: 'boom' } }])
  }
})

t.test('shows limit and size of what was too large', async (t) => {
  const { app } = buildFailing(t, {
    statusCode: 413,
    details: { max_size: 100 * MEGABYTE, request_size: 1.5 * 1024 * MEGABYTE },
  })
  const page = await app.inject({ url: '/', headers: html })
  t.match(page.body, '<p>Maximum allowed size: 100 MB</p>\n<p>Your request size: 1.5 GB</p>')
  const german = await app.inject({ url: '/', headers: { 'accept-language': 'de' } })
  t.match(german.body, 'Erlaubte Größe: 100 MB\nGröße der Anfrage: 1,5 GB\n')
  const problem = await app.inject({ url: '/', headers: json })
  t.match(problem.json(), { status: 413, max_size: 100 * MEGABYTE, request_size: 1.5 * 1024 * MEGABYTE })
})

t.test('tells sizes apart that round to the same', async (t) => {
  const { app } = buildFailing(t, {
    statusCode: 413,
    details: { max_size: 10 * MEGABYTE, request_size: 10 * MEGABYTE + 1 },
  })
  t.match((await app.inject('/')).body, 'size: 10,485,760 bytes\nYour request size: 10,485,761 bytes\n')
  const german = await app.inject({ url: '/', headers: { 'accept-language': 'de' } })
  t.match(german.body, 'Größe: 10.485.760 Bytes\nGröße der Anfrage: 10.485.761 Bytes\n')
})

t.test('says "more than" where a body was not read to its end', async (t) => {
  const { app } = buildFailing(t, { statusCode: 413, details: { max_size: 10 * MEGABYTE } })
  t.match((await app.inject('/')).body, 'size: 10 MB\nYour request size: more than 10 MB\n')
  const german = await app.inject({ url: '/', headers: { 'accept-language': 'de' } })
  t.match(german.body, 'Größe der Anfrage: mehr als 10 MB\n')
})

t.test('shows no details of what is no refusal: other libraries keep anything there', async (t) => {
  const { app } = buildFailing(t, { details: { max_size: 1, query: 'select secret' } })
  for (const accept of ['text/html', 'application/json', '*/*'])
    t.notMatch((await app.inject({ url: '/', headers: { accept } })).body, /secret|Maximum|max_size/, accept)
})

t.test('never lets a detail replace a member of the problem', async (t) => {
  const { app } = buildFailing(t, { statusCode: 429, details: { status: 200, title: 'x', limit: 'login' } })
  const { body } = await app.inject({ url: '/', headers: json })
  t.match(JSON.parse(body), { status: 429, title: 'Too Many Requests', limit: 'login' })
})

for (const [seconds, english, german] of [
  ['0', 'in 1 second.', 'Bitte in 1 Sekunde noch'],
  ['90', 'in 90 seconds.', 'Bitte in 90 Sekunden noch'],
  ['121', 'in 3 minutes.', 'Bitte in 3 Minuten noch'],
  ['7200', 'in 2 hours.', 'Bitte in 2 Stunden noch'],
  ['259200', 'in 3 days.', 'Bitte in 3 Tagen noch'],
] as const) {
  t.test(`says when to try again after ${seconds} seconds`, async (t) => {
    const { app } = buildFailing(t, { statusCode: 429, headers: { 'retry-after': seconds } })
    const answer = await app.inject('/')
    t.equal(answer.headers['retry-after'], seconds)
    t.match(answer.body, `Please try again ${english}`)
    t.match((await app.inject({ url: '/', headers: { 'accept-language': 'de' } })).body, german)
    t.match((await app.inject({ url: '/', headers: json })).json(), { retry_after: Number(seconds) })
  })
}

t.test('passes a Retry-After that is a date, without words', async (t) => {
  const date = 'Wed, 21 Oct 2026 07:28:00 GMT'
  const { app } = buildFailing(t, { statusCode: 503, headers: { 'retry-after': date } })
  const { headers, body } = await app.inject('/')
  t.equal(headers['retry-after'], date)
  t.equal(body, '503 Service Unavailable\nThis service is not available right now.\n')
})

t.test('shows the contact, made safe for HTML', async (t) => {
  const { app } = buildFailing(t, { statusCode: 404 }, { options: { contact: 'Ada <ada@example.org>' } })
  t.match((await app.inject({ url: '/', headers: html })).body, '<p>Contact: Ada &lt;ada@example.org&gt;</p>')
  t.match((await app.inject('/')).body, 'Contact: Ada <ada@example.org>\n')
})

t.test('lets the page use its own style and nothing else', async (t) => {
  const { app } = buildFailing(t, { statusCode: 404 })
  const { body, headers } = await app.inject({ url: '/', headers: html })
  const style = /<style>([\s\S]*)<\/style>/.exec(body)?.[1] ?? ''
  const hash = createHash('sha256').update(style).digest('base64')
  t.match(headers['content-security-policy'], `default-src 'none'; style-src 'sha256-${hash}'`)
  t.notMatch(body, /<script|https?:|@import|url\(/)
  t.match(body, 'prefers-color-scheme: dark')
})

t.test('keeps errors out of caches, and types from being guessed', async (t) => {
  const { app } = buildFailing(t, { statusCode: 404 })
  const { headers } = await app.inject('/')
  t.match(headers, { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
})

t.test('gives a page to every status', async (t) => {
  for (const statusCode of [418, 451, 499, 599]) {
    const { app } = buildFailing(t, { statusCode })
    for (const acceptLanguage of ['en', 'de']) {
      const answer = await app.inject({ url: '/', headers: { 'accept-language': acceptLanguage } })
      t.equal(answer.statusCode, statusCode)
      t.match(answer.body, new RegExp(`^${statusCode} \\S.+\n\\S.+\n$`))
    }
  }
})

t.test('answers HEAD with the head alone', async (t) => {
  const { app } = buildFailing(t, { statusCode: 404 })
  const { headers, body } = await app.inject({ method: 'HEAD', url: '/' })
  t.match(headers, { 'content-type': 'text/plain; charset=utf-8' })
  t.equal(body, '')
})
