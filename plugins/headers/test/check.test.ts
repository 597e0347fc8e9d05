import headers, { plugin } from '@drawbridge/plugin-headers'
import { type Problem, resolveOptions } from '@drawbridge/plugin-kit'
import Fastify from 'fastify'
import t from 'tap'

function problemsOf(raw: Record<string, unknown>): readonly Problem[] {
  const resolution = resolveOptions(plugin.options, raw)
  return 'value' in resolution ? (plugin.check?.(resolution.value) ?? []) : resolution.problems
}

async function start(raw: Record<string, unknown>): Promise<void> {
  const app = Fastify()
  app.register(headers, raw)
  await app.ready()
  await app.close()
}

interface ProblemCase {
  readonly title: string
  readonly raw: Record<string, unknown>
  readonly path: readonly (string | number)[]
  readonly message: RegExp
  readonly code?: string
}

const ERRORS: readonly ProblemCase[] = [
  {
    title: 'a name that is no token',
    raw: { response: { add: { 'X Frame': 'a' } } },
    path: ['response', 'add', 'X Frame'],
    message: /"X Frame" is no header name/,
  },
  {
    title: 'a name with a line break',
    raw: { request: { remove: ['X-A', 'X-B\r\nEvil'] } },
    path: ['request', 'remove', 1],
    message: /"X-B\\r\\nEvil" is no header name/,
  },
  {
    title: 'an empty name',
    raw: { request: { set: { '': 'a' } } },
    path: ['request', 'set', ''],
    message: /"" is no header name/,
  },
  {
    title: 'an empty value',
    raw: { response: { set: { 'X-A': ' ' } } },
    path: ['response', 'set', 'X-A'],
    message: /"X-A" is empty/,
  },
  {
    title: 'a value with a line break',
    raw: { response: { add: { 'X-A': 'a\r\nSet-Cookie: b' } } },
    path: ['response', 'add', 'X-A'],
    message: /"X-A" has a line break/,
  },
  {
    title: 'a value with a NUL',
    raw: { response: { default: { 'X-A': 'a\0' } } },
    path: ['response', 'default', 'X-A'],
    message: /"X-A" has a control character/,
  },
  {
    title: 'a value in a list that is not ASCII',
    raw: { response: { append: { 'X-A': ['a', 'ü'] } } },
    path: ['response', 'append', 'X-A'],
    message: /"X-A" is not plain ASCII/,
  },
  {
    title: 'an unknown variable',
    raw: { request: { add: { 'X-A': `\${clientip}` } } },
    path: ['request', 'add', 'X-A'],
    message: /"X-A" has an unknown variable "\$\{clientip\}"; there are .*\$\{client_ip\}/,
  },
  {
    title: 'a header given twice',
    raw: { response: { add: { 'X-A': '1' }, set: { 'x-a': '2' } } },
    path: ['response', 'set', 'x-a'],
    message: /"x-a" is given twice, under response\.add and response\.set; keep one/,
    code: 'conflict',
  },
  {
    title: 'a value that is a list where one is set',
    raw: { response: { set: { 'X-A': ['1', '2'] } } },
    path: ['response', 'set', 'X-A'],
    message: /"X-A" must be a string or a number or true or false/,
    code: 'wrong-type',
  },
  {
    title: 'an unknown preset',
    raw: { preset: 'security-max' },
    path: ['preset'],
    message: /"preset" must be one of security-strict, security-basic, cors-permissive, api/,
  },
  {
    title: 'cors without origins',
    raw: { cors: {} },
    path: ['cors'],
    message: /"origins" is missing/,
    code: 'missing-key',
  },
  {
    title: 'an origin with a path',
    raw: { cors: { origins: ['https://a.example/'] } },
    path: ['cors', 'origins'],
    message: /"https:\/\/a\.example\/" is no origin/,
  },
  {
    title: 'an origin without a scheme',
    raw: { cors: { origins: 'a.example' } },
    path: ['cors', 'origins'],
    message: /"a\.example" is no origin/,
  },
  {
    title: 'a wildcard in the middle',
    raw: { cors: { origins: 'https://a.*.example' } },
    path: ['cors', 'origins'],
    message: /is no origin/,
  },
  {
    title: 'an origin that no URL has',
    raw: { cors: { origins: 'https://a.example:99999' } },
    path: ['cors', 'origins'],
    message: /is no origin/,
  },
  {
    title: 'methods in one text',
    raw: { cors: { origins: '*', methods: 'GET, PUT' } },
    path: ['cors', 'methods'],
    message: /"GET, PUT" is no method/,
  },
  {
    title: 'a wildcard for methods',
    raw: { cors: { origins: '*', methods: '*' } },
    path: ['cors', 'methods'],
    message: /"\*" is no method/,
  },
  {
    title: 'a header name with a blank',
    raw: { cors: { origins: '*', expose: ['X A'] } },
    path: ['cors', 'expose'],
    message: /"X A" is no header name/,
  },
  {
    title: 'cookies for all origins',
    raw: { cors: { origins: ['*'], credentials: true } },
    path: ['cors', 'origins'],
    message: /"\*" does not go with "credentials: true": name the origins/,
  },
  {
    title: 'cookies with all headers exposed',
    raw: { cors: { origins: 'https://a.example', expose: '*', credentials: true } },
    path: ['cors', 'expose'],
    message: /name the headers/,
  },
]

for (const { title, raw, path, message, code = 'bad-value' } of ERRORS) {
  t.test(`refuses ${title}`, async (t) => {
    t.match(problemsOf(raw), [{ severity: 'error', code, path, message }])
    t.equal(problemsOf(raw).length, 1)
    await t.rejects(start(raw), { message })
  })
}

const PROTECTED = {
  request: {
    Host: /host_header/,
    Connection: /single connection/,
    'Keep-Alive': /timeouts\.idle/,
    'Proxy-Connection': /single connection/,
    TE: /single connection/,
    Trailer: /where a body ends/,
    'Transfer-Encoding': /where a body ends/,
    'content-length': /where a body ends/,
    Upgrade: /"upgrades"/,
    'HTTP2-Settings': /single connection/,
    Via: /loops/,
    Expect: /answers it itself/,
    'Proxy-Authorization': /no further/,
  },
  response: {
    connection: /single connection/,
    'Keep-Alive': /timeouts\.idle/,
    'Transfer-Encoding': /where a body ends/,
    'Content-Length': /where a body ends/,
    Upgrade: /"upgrades"/,
    Date: /dates an answer/,
  },
}

for (const [side, names] of Object.entries(PROTECTED)) {
  for (const [name, reason] of Object.entries(names)) {
    t.test(`${name} of a ${side} cannot be changed by any word`, async (t) => {
      const expected = [{ severity: 'error', code: 'protected-header', message: reason }]
      for (const word of ['add', 'set', 'append', 'default'])
        t.match(problemsOf({ [side]: { [word]: { [name]: 'x' } } }), expected)
      t.match(problemsOf({ [side]: { remove: [name] } }), expected)
    })
  }
}

t.test('a protected name of one side is an ordinary one of the other', async (t) => {
  t.strictSame(problemsOf({ request: { set: { Date: 'x' } }, response: { remove: ['Via'] } }), [])
})

const WARNINGS: readonly ProblemCase[] = [
  {
    title: 'removing cookies from requests',
    raw: { request: { remove: ['cookie'] } },
    path: ['request', 'remove', 0],
    message: /Cookie is removed from a route that may have logins/,
    code: 'cookie-removed',
  },
  {
    title: 'preloading',
    raw: { response: { add: { 'Strict-Transport-Security': 'max-age=1; includeSubDomains; preload' } } },
    path: ['response', 'add', 'Strict-Transport-Security'],
    message: /undoing it takes months/,
    code: 'hsts-preload',
  },
  {
    title: 'the old filter',
    raw: { response: { add: { 'X-XSS-Protection': '1; mode=block' } } },
    path: ['response', 'add', 'X-XSS-Protection'],
    message: /browsers have dropped it/,
    code: 'xss-filter',
  },
  {
    title: 'framing headers on pages that the application frames',
    raw: { framed_paths: ['*-connector.html'], response: { set: { 'X-Frame-Options': 'DENY' } } },
    path: ['response', 'set', 'X-Frame-Options'],
    message: /is also sent on \*-connector\.html/,
    code: 'framed-paths',
  },
  {
    title: 'a header that is set and removed',
    raw: { response: { add: { 'X-A': '1' }, remove: ['x-a'] } },
    path: ['response', 'remove', 0],
    message: /"x-a" is under response\.add and response\.remove: it is removed/,
    code: 'conflict',
  },
  {
    title: 'CORS in two places',
    raw: { cors: { origins: '*' }, response: { set: { 'Access-Control-Max-Age': 60 } } },
    path: ['response', 'set', 'Access-Control-Max-Age'],
    message: /sent as written here, whatever "cors" says/,
    code: 'no-effect',
  },
  {
    title: 'the origin null',
    raw: { cors: { origins: ['null'] } },
    path: ['cors', 'origins'],
    message: /every sandboxed frame/,
    code: 'null-origin',
  },
]

for (const { title, raw, path, message, code = '' } of WARNINGS) {
  t.test(`warns of ${title}, and does it`, async (t) => {
    t.match(problemsOf(raw), [{ severity: 'warning', code, path, message }])
    t.equal(problemsOf(raw).length, 1)
    await t.resolves(start(raw))
  })
}

const QUIET = [
  {},
  { preset: ['security-strict', 'api'], framed_paths: ['*-connector.html'] },
  { response: { set: { 'X-XSS-Protection': '0', 'X-A': 'a' }, append: { 'X-A': 'b' }, default: { 'X-A': 'c' } } },
  { response: { add: { 'Strict-Transport-Security': 'max-age=31536000; includeSubDomains' } } },
  { response: { remove: ['X-Frame-Options'] }, framed_paths: ['/a'] },
]

for (const raw of QUIET) {
  t.test(`has nothing to say about ${JSON.stringify(raw)}`, async (t) => {
    t.strictSame(problemsOf(raw), [])
  })
}
