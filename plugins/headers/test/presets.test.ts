import t from 'tap'
import { buildApp } from './support/build-app.ts'

const https = { 'x-forwarded-proto': 'https' }

const STRICT = {
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'content-security-policy':
    "default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'permissions-policy': /camera=\(\).*geolocation=\(\)/,
  'cross-origin-opener-policy': 'same-origin',
  'x-xss-protection': '0',
}

t.test('security-strict sends its set', async (t) => {
  const app = buildApp(t, { preset: 'security-strict' })
  const { headers } = await app.inject({ url: '/', headers: https })
  t.match(headers, STRICT)
})

t.test('security-basic sends its set, without a Content-Security-Policy', async (t) => {
  const app = buildApp(t, { preset: 'security-basic' })
  const { headers } = await app.inject({ url: '/', headers: https })
  t.match(headers, {
    'strict-transport-security': 'max-age=31536000',
    'x-frame-options': 'SAMEORIGIN',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'strict-origin-when-cross-origin',
    'x-xss-protection': '0',
  })
  t.notOk('content-security-policy' in headers)
})

t.test('no preset sends HSTS over plain http', async (t) => {
  for (const preset of ['security-strict', 'security-basic']) {
    const app = buildApp(t, { preset })
    const { headers } = await app.inject('/')
    t.notOk('strict-transport-security' in headers, preset)
    t.equal(headers['x-content-type-options'], 'nosniff')
  }
})

t.test('what the application says stands', async (t) => {
  const app = buildApp(t, { preset: 'security-strict' }, (reply) => reply.header('X-Frame-Options', 'SAMEORIGIN'))
  t.equal((await app.inject('/')).headers['x-frame-options'], 'SAMEORIGIN')
})

t.test("a route's own keys win over its preset", async (t) => {
  const app = buildApp(t, {
    preset: 'security-strict',
    response: {
      set: { 'x-frame-options': 'SAMEORIGIN' },
      append: { 'Content-Security-Policy': "default-src 'none'" },
      remove: ['Referrer-Policy'],
    },
  })
  const { headers } = await app.inject('/')
  t.equal(headers['x-frame-options'], 'SAMEORIGIN')
  t.equal(headers['content-security-policy'], "default-src 'none'")
  t.notOk('referrer-policy' in headers)
})

t.test('of two presets with one header the later one wins', async (t) => {
  const app = buildApp(t, { preset: ['security-strict', 'security-basic'] })
  const { headers } = await app.inject('/')
  t.equal(headers['x-frame-options'], 'SAMEORIGIN')
  t.equal(headers['cross-origin-opener-policy'], 'same-origin')
})

t.test('a 304 gets no defaults: it would replace the policy that the application sent with the page', async (t) => {
  const app = buildApp(t, { preset: 'security-strict', response: { default: { 'X-A': '1' }, set: { 'X-B': '2' } } })
  app.get('/cached', async (_request, reply) => reply.code(304).send())
  const { headers } = await app.inject({ url: '/cached', headers: https })
  t.notOk('content-security-policy' in headers)
  t.notOk('strict-transport-security' in headers)
  t.notOk('x-a' in headers)
  t.equal(headers['x-b'], '2')
})

t.test('presets leave framed pages alone, and only those', async (t) => {
  const app = buildApp(t, { preset: 'security-strict', framed_paths: ['*-connector.html', '/widget/*'] })
  for (const url of ['/webauthn-connector.html', '/vault/SSO-Connector.html?x=1', '/widget', '/widget/a']) {
    const { headers } = await app.inject({ url, headers: https })
    for (const name of ['content-security-policy', 'x-frame-options', 'cross-origin-opener-policy'])
      t.notOk(name in headers, `${url} has no ${name}`)
    t.match(headers, { 'x-content-type-options': 'nosniff', 'referrer-policy': 'same-origin' })
  }
  for (const url of ['/', '/connector.html', '/webauthn-connector.html/x', '/?a-connector.html'])
    t.match((await app.inject({ url, headers: https })).headers, STRICT, url)
})

t.test('own headers go out on framed pages, too', async (t) => {
  const app = buildApp(t, { framed_paths: ['/widget'], response: { set: { 'X-Frame-Options': 'DENY' } } })
  t.equal((await app.inject('/widget')).headers['x-frame-options'], 'DENY')
})

interface BodyCase {
  readonly type?: string
  readonly payload?: string
  readonly status: number
}

const BODIES: readonly BodyCase[] = [
  { type: 'application/json', payload: '{}', status: 200 },
  { type: 'Application/JSON; charset=utf-8', payload: '{}', status: 200 },
  { type: 'application/problem+json', payload: '{}', status: 200 },
  { type: 'application/vnd.api+json ;v=1', payload: '{}', status: 200 },
  { payload: '', status: 200 },
  { type: 'text/plain', payload: '', status: 200 },
  { type: 'text/plain', payload: '{}', status: 415 },
  { type: 'application/x-www-form-urlencoded', payload: 'a=1', status: 415 },
  { type: 'multipart/form-data; boundary=x', payload: 'x', status: 415 },
  { type: 'application/jsonp', payload: '{}', status: 415 },
  { type: 'application/json, text/html', payload: '{}', status: 415 },
  { type: 'text/html; x=application/json', payload: '{}', status: 415 },
  { type: '+json', payload: '{}', status: 415 },
]

for (const { type, payload, status } of BODIES) {
  t.test(`api answers ${status} to ${type ?? 'no type'} with ${payload === '' ? 'no' : 'a'} body`, async (t) => {
    const app = buildApp(t, { preset: 'api' })
    const headers = type === undefined ? {} : { 'content-type': type }
    const response = await app.inject({ method: 'PUT', url: '/', headers, payload: payload ?? '' })
    t.equal(response.statusCode, status)
    t.equal(response.headers['access-control-allow-origin'], '*', 'which pages of other origins may read')
    if (status === 415) t.equal(response.json().code, 'DRAWBRIDGE_HEADERS_UNSUPPORTED_MEDIA_TYPE')
  })
}

t.test('other presets take any body', async (t) => {
  const app = buildApp(t, { preset: ['cors-permissive', 'security-strict'] })
  const response = await app.inject({ method: 'PUT', url: '/', headers: { 'content-type': 'text/csv' }, payload: 'a' })
  t.equal(response.statusCode, 200)
})
