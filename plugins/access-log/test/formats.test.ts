import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { formatter } from '../src/formats.ts'
import { FORMATS } from '../src/options.ts'
import { parseLine } from '../src/parse-line.ts'
import { END, makeEntry } from './support/entry.ts'

const AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const line = (format: (typeof FORMATS)[number], fields: Parameters<typeof makeEntry>[0] = {}) =>
  formatter(format)(makeEntry(fields), 'browser/Firefox')

const COMBINED = [
  {
    title: 'a plain request',
    fields: {},
    expected: `203.0.113.0 - AbCdEfGhIjKlMnOp [22/Nov/2026:18:00:00 +0000] "GET /api/servers/7 HTTP/1.1" 200 1234 "-" "${AGENT}"`,
  },
  {
    title: 'a query, a referrer, no pseudonym',
    fields: { query: 'page=2', referrer: 'https://a.test/x', pseudonym: '', userAgent: '' },
    expected: `203.0.113.0 - - [22/Nov/2026:18:00:00 +0000] "GET /api/servers/7?page=2 HTTP/1.1" 200 1234 "https://a.test/x" "-"`,
  },
  {
    title: 'line breaks, quotes and backslashes',
    fields: { path: '/a"b\n\\', userAgent: 'x"\r\n203.0.113.9 - - \\', pseudonym: '' },
    expected: `203.0.113.0 - - [22/Nov/2026:18:00:00 +0000] "GET /a%22b%0A%5C HTTP/1.1" 200 1234 "-" "x\\x22\\x0D\\x0A203.0.113.9 - - \\x5C"`,
  },
  {
    title: 'blanks and letters beyond ASCII in a decoded path, bytes in a header',
    fields: { path: '/ä 漢', userAgent: 'caf\u00e9\u0000', pseudonym: '' },
    expected: `203.0.113.0 - - [22/Nov/2026:18:00:00 +0000] "GET /%C3%A4%20%E6%BC%A2 HTTP/1.1" 200 1234 "-" "caf\\xE9\\x00"`,
  },
  {
    title: 'a client that left before there was an answer',
    fields: { status: 0, isAborted: true, responseBytes: 0, userAgent: '', pseudonym: '' },
    expected: `203.0.113.0 - - [22/Nov/2026:18:00:00 +0000] "GET /api/servers/7 HTTP/1.1" 499 0 "-" "-"`,
  },
]

for (const { title, fields, expected } of COMBINED)
  t.test(`combined: ${title}`, async (t) => t.equal(line('combined', fields), expected))

t.test('vcombined names the host and tells http from https by the port', async (t) => {
  t.match(line('vcombined'), /^panel\.test:443 203\.0\.113\.0 - /)
  t.match(line('vcombined', { scheme: 'http', host: 'other.test' }), /^other\.test:80 203/)
  t.match(line('vcombined', { host: '' }), /^-:443 203/)
  t.match(line('vcombined', { host: 'a b"\n' }), /^-:443 203/)
})

t.test('json is flat, has every fact, and leaves out what is empty', async (t) => {
  const decisions = [{ by: 'limits', what: 'refused', facts: { max: 5 } }]
  const full = JSON.parse(
    line('json', { query: 'a=1', cause: 'X', attempts: 3, country: 'DE', upgrade: 'websocket', decisions }),
  )
  t.strictSame(
    Object.values(full).filter((value) => typeof value === 'object'),
    [],
  )
  t.match(full, {
    time: '2026-11-22T18:00:00.469Z',
    duration_ms: 30.25,
    wait_ms: 20.5,
    client: '203.0.113.xxx',
    client_address: '203.0.113.0',
    user_agent_class: 'browser/Firefox',
    retry_count: 2,
    decisions: 'limits: refused',
  })
  t.notOk('query' in JSON.parse(line('json')))
})

t.test('ecs uses the field names of the Elastic Common Schema', async (t) => {
  t.match(JSON.parse(line('ecs', { status: 502 })), {
    '@timestamp': '2026-11-22T18:00:00.469Z',
    'ecs.version': /^8\./,
    'log.level': 'error',
    'event.category': ['web'],
    'event.outcome': 'failure',
    'event.duration': 30_250_000,
    'http.response.status_code': 502,
    'client.ip': '203.0.113.0',
    'user_agent.name': 'Firefox',
  })
})

for (const format of FORMATS) {
  t.test(`${format}: no value breaks out of its line or makes it long`, async (t) => {
    for (const hostile of [
      '\n',
      '\r\n',
      '"',
      '\\',
      '\u0000\u001b[31m',
      '\u2028',
      '\ud800',
      '\u00ff\u00fe',
      'x'.repeat(65_536),
    ]) {
      const text = line(format, {
        path: `/${hostile}`,
        query: hostile,
        userAgent: hostile,
        referrer: hostile,
        host: hostile,
      })
      t.notMatch(
        text,
        /[\r\n\u0000-\u001f\u007f-\u009f\u2028]/,
        encodeURIComponent(hostile.slice(0, 10).toWellFormed()),
      )
      t.ok(text.length < 20_000, 'bounded')
      t.ok(parseLine(format, text), 'and can be read again')
    }
  })

  t.test(`${format}: a line tells when its request ended and whose it was`, async (t) => {
    const facts = parseLine(format, line(format))
    t.match(facts, { time: Math.floor(END / 1000), address: '203.0.113.0', pseudonym: 'AbCdEfGhIjKlMnOp' })
  })
}

t.test('a torn line is read as none', async (t) => {
  for (const format of FORMATS) t.equal(parseLine(format, line(format).slice(0, 30)), undefined, format)
})

t.test('the README shows a line of each format', async (t) => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
  for (const format of FORMATS) t.match(readme, new RegExp(`\`${format}\``))
})
