import t from 'tap'
import { type Answer, buildApp } from './support/build-app.ts'

t.test('without options, Server and X-Powered-By go and nothing else changes', async (t) => {
  const app = buildApp(t, {}, (reply) => reply.headers({ server: 'nginx', 'x-powered-by': 'PHP/8.3', 'x-own': '1' }))
  const { headers } = await app.inject('/')
  t.notOk('server' in headers)
  t.notOk('x-powered-by' in headers)
  t.equal(headers['x-own'], '1')
})

t.test('hide_server: false lets them through', async (t) => {
  const app = buildApp(t, { hide_server: false }, (reply) => reply.header('server', 'nginx'))
  t.equal((await app.inject('/')).headers.server, 'nginx')
})

t.test("a route's own Server wins over hide_server", async (t) => {
  const app = buildApp(t, { response: { default: { Server: 'mine' } } }, (reply) => reply.header('server', 'theirs'))
  t.equal((await app.inject('/')).headers.server, 'theirs')
})

interface AnswerCase {
  readonly title: string
  readonly response: Record<string, unknown>
  readonly sent: Record<string, string | string[]>
  readonly got: string | string[] | undefined
}

const ANSWERS: readonly AnswerCase[] = [
  { title: 'add replaces', response: { add: { 'X-A': 'mine' } }, sent: { 'x-a': 'theirs' }, got: 'mine' },
  { title: 'set replaces', response: { set: { 'X-A': 'mine' } }, sent: { 'x-a': 'theirs' }, got: 'mine' },
  { title: 'default yields', response: { default: { 'X-A': 'mine' } }, sent: { 'x-a': 'theirs' }, got: 'theirs' },
  { title: 'default fills a gap', response: { default: { 'X-A': 'mine' } }, sent: {}, got: 'mine' },
  {
    title: 'append adds',
    response: { append: { 'X-A': ['b', 'c'] } },
    sent: { 'x-a': 'a' },
    got: ['a', 'b', 'c'],
  },
  { title: 'remove drops', response: { remove: ['x-A'] }, sent: { 'x-a': 'theirs' }, got: undefined },
  {
    title: 'what is set and removed is gone',
    response: { add: { 'X-A': 'mine' }, append: { 'X-A': 'more' }, remove: ['X-A'] },
    sent: { 'x-a': 'theirs' },
    got: undefined,
  },
  {
    title: 'set comes before append',
    response: { append: { 'X-A': 'second' }, set: { 'X-A': 'first' } },
    sent: { 'x-a': 'theirs' },
    got: ['first', 'second'],
  },
  { title: 'numbers and booleans are text', response: { set: { 'X-A': 86400 } }, sent: {}, got: '86400' },
]

for (const { title, response, sent, got } of ANSWERS) {
  t.test(`in answers, ${title}`, async (t) => {
    const app = buildApp(t, { response }, (reply) => reply.headers(sent))
    t.strictSame((await app.inject('/')).headers['x-a'], got)
  })
}

t.test('cookies stay apart', async (t) => {
  const answer: Answer = (reply) => reply.header('set-cookie', ['a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT', 'b=2'])
  const app = buildApp(t, { response: { append: { 'Set-Cookie': 'c=3' }, set: { 'X-A': '1' } } }, answer)
  const { headers } = await app.inject('/')
  t.strictSame(headers['set-cookie'], ['a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT', 'b=2', 'c=3'])
})

t.test('requests are changed in the same words', async (t) => {
  const app = buildApp(t, {
    request: {
      set: { 'X-Set': 'mine' },
      append: { 'X-More': 'b' },
      default: { 'X-There': 'mine', 'X-Missing': 'mine' },
      remove: ['Cookie'],
    },
  })
  const response = await app.inject({
    url: '/',
    headers: { 'x-set': 'theirs', 'x-more': 'a', 'x-there': 'theirs', cookie: 'session=1' },
  })
  const { headers } = response.json()
  t.match(headers, { 'x-set': 'mine', 'x-there': 'theirs', 'x-missing': 'mine' })
  t.strictSame(headers['x-more'], ['a', 'b'])
  t.notOk('cookie' in headers)
})

t.test('run-time variables are filled in on both sides', async (t) => {
  const value = `\${client_ip} \${method} \${path} \${scheme} \${host} $\${host}`
  const app = buildApp(t, { request: { set: { 'X-A': value } }, response: { set: { 'X-B': value } } })
  const response = await app.inject({ url: '/a', headers: { host: 'app.example.org' } })
  const filled = `127.0.0.1 GET /a http app.example.org \${host}`
  t.equal(response.json().headers['x-a'], filled)
  t.equal(response.headers['x-b'], filled)
})

t.test('a variable without a value leaves the header out, also where the client sent one', async (t) => {
  const app = buildApp(t, { request: { set: { 'X-Country': `\${country}` } } })
  const response = await app.inject({ url: '/', headers: { 'x-country': 'forged' } })
  t.notOk('x-country' in response.json().headers)
})

t.test('Strict-Transport-Security goes over https only', async (t) => {
  const app = buildApp(t, { response: { add: { 'strict-transport-security': 'max-age=60' } } })
  const overHttp = await app.inject('/')
  const overHttps = await app.inject({ url: '/', headers: { 'x-forwarded-proto': 'https' } })
  t.notOk('strict-transport-security' in overHttp.headers)
  t.equal(overHttps.headers['strict-transport-security'], 'max-age=60')
})

t.test('errors get the headers of the route, too', async (t) => {
  const app = buildApp(t, { response: { set: { 'X-A': 'mine' } } }, () => {
    throw new Error('broken')
  })
  const response = await app.inject('/')
  t.equal(response.statusCode, 500)
  t.equal(response.headers['x-a'], 'mine')
})
