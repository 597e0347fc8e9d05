import type { UpstreamHead } from '@drawbridge/plugin-kit'
import t from 'tap'
import { ResponseParser } from '../src/response-parser.ts'

interface Reading {
  readonly heads: UpstreamHead[]
  body: string
  trailers: readonly string[] | undefined
  rest: string | undefined
  error: string | undefined
}

const GOOD: readonly {
  readonly name: string
  readonly bytes: string
  readonly body?: string
  readonly trailers?: string[]
}[] = [
  { name: 'a length', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', body: 'hello' },
  { name: 'no body', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n' },
  { name: '204', bytes: 'HTTP/1.1 204 No Content\r\n\r\n' },
  { name: '304 with the length of what it spares', bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n' },
  {
    name: 'chunks',
    bytes:
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y;z="a b"\r\n, my world\r\n0\r\n\r\n',
    body: 'hello, my world',
  },
  {
    name: 'chunks and trailers',
    bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\nX-Time:  2 \r\n\r\n',
    body: 'abc',
    trailers: ['X-Sum', '1', 'X-Time', '2'],
  },
  {
    name: 'informational answers first',
    bytes:
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    body: 'ok',
  },
  {
    name: 'the end of the connection',
    bytes: 'HTTP/1.0 200 OK\r\n\r\nuntil\r\n\r\nthe end',
    body: 'until\r\n\r\nthe end',
  },
]

t.test('reads every kind of answer, however its bytes are cut', async (t) => {
  for (const { name, bytes, body = '', trailers = [] } of GOOD) {
    const whole = read([bytes])
    t.match(whole, { body, trailers, rest: undefined, error: undefined }, name)
    for (let at = 1; at < bytes.length; at += 1) {
      const cut = read([bytes.slice(0, at), bytes.slice(at)])
      if (JSON.stringify(cut) !== JSON.stringify(whole)) t.same(cut, whole, `${name}, cut at ${at}`)
    }
    t.same(read([...bytes]), whole, `${name}, byte by byte`)
  }
})

t.test('an answer that ends early is an error, wherever it ends', async (t) => {
  for (const { name, bytes } of GOOD.filter(({ name }) => name !== 'the end of the connection'))
    for (let at = 0; at < bytes.length; at += 1) {
      const { error, trailers } = read([bytes.slice(0, at)])
      if (error === undefined || trailers !== undefined) t.fail(`${name}, ending at ${at}`)
    }
  t.pass('all were errors')
})

t.test('says what belongs to nobody', async (t) => {
  const surplus = read(['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n'])
  t.match(surplus, { body: 'ok', rest: 'HTTP/1.1 200 OK\r\n' })
  const switched = read(['HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x05Hello'])
  t.equal(switched.rest, '\x81\x05Hello')
})

t.test('the answer to HEAD has no body, whatever it declares', async (t) => {
  for (const framing of ['Content-Length: 100', 'Transfer-Encoding: chunked', 'X: no framing at all'])
    t.match(read([`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n`], 'HEAD'), { body: '', trailers: [], error: undefined })
})

const BROKEN: readonly string[] = [
  'garbage\r\n\r\n',
  'HTTP/1.1\r\n\r\n',
  'HTTP/1.1 99 X\r\n\r\n',
  'HTTP/1.1 099 X\r\n\r\n',
  'HTTP/1.1 600 X\r\n\r\n',
  'HTTP/1.1 2000 X\r\n\r\n',
  'HTTP/1.1  200 OK\r\n\r\n',
  'HTTP/1.2 200 OK\r\n\r\n',
  'HTTP/2 200\r\n\r\n',
  'http/1.1 200 OK\r\n\r\n',
  '\r\nHTTP/1.1 200 OK\r\n\r\n',
  'HTTP/1.1 200 OK\nContent-Length: 0\n\r\n\r\n',
  'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
  'HTTP/1.1 200 OK\r\n: no name\r\n\r\n',
  'HTTP/1.1 200 OK\r\nX : blank before the colon\r\n\r\n',
  'HTTP/1.1 200 OK\r\nX: a\r\n folded\r\n\r\n',
  'HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b=c\r\n\r\n',
  'HTTP/1.1 200 OK\r\nX: a\nSet-Cookie: b=c\r\n\r\n',
  'HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n',
  'HTTP/1.1 200 OK\r\nX\xe9: a\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na',
  'HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\na',
  'HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\na',
  'HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na',
  'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'HTTP/1.0 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 100 Continue\r\nConnection: close\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  ...['', 'g', '-1', '+1', '0x1', ' 1', '1 ', '1\t', '1;', '1 ;a', '1;a b', '1;a="b', '1\n', '123456789abcdef'].map(
    (size) => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\na\r\n0\r\n\r\n`,
  ),
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nno colon\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX Y: 1\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 1\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n',
]

t.test('refuses what RFC 9112 forbids, and says so before the end comes', async (t) => {
  for (const bytes of BROKEN) t.match(read([bytes]).error, /broken answer/, JSON.stringify(bytes))
})

t.test('what waits for its end is bounded', async (t) => {
  const endless = {
    head: `HTTP/1.1 200 OK\r\n${'X: aaaa\r\n'.repeat(9000)}`,
    'chunk size': `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;${'a'.repeat(5000)}`,
    trailers: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${'X: aaaa\r\n'.repeat(9000)}`,
  }
  for (const [what, bytes] of Object.entries(endless))
    for (const parts of [[bytes], bytes.match(/.{1,1000}/gs) ?? []]) t.match(read(parts).error, /broken answer/, what)
  t.match(read(['SSH-2.0-OpenSSH']).error, /broken answer/, 'what cannot become a status line is not waited for')
})

function read(parts: readonly string[], method = 'GET'): Reading {
  const reading: Reading = { heads: [], body: '', trailers: undefined, rest: undefined, error: undefined }
  const parser = new ResponseParser({
    responseHead: (head) => reading.heads.push(head),
    responseData: (chunk) => {
      reading.body += chunk.toString('latin1')
    },
    responseEnd: (trailers) => {
      reading.trailers = trailers
    },
  })
  parser.begin(method)
  try {
    for (const part of parts) {
      const rest = parser.execute(Buffer.from(part, 'latin1'))
      if (rest !== undefined) reading.rest = (reading.rest ?? '') + rest.toString('latin1')
    }
    parser.finish()
  } catch (error) {
    reading.error = (error as Error).message
  }
  return reading
}
