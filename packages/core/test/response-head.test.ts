import t from 'tap'
import { parseResponseHead } from '../src/response-head.ts'

t.test('keeps order, spelling and doubles of headers', async (t) => {
  const { headers } = parse(['Set-Cookie: a=1', 'X-B:  2 ', 'set-cookie: b=2', 'X-Empty:', 'X-Wide: a  b'])
  t.same(headers, ['Set-Cookie', 'a=1', 'X-B', '2', 'set-cookie', 'b=2', 'X-Empty', '', 'X-Wide', 'a  b'])
})

t.test('drops what belongs to one connection', async (t) => {
  const hopByHop = ['Connection: keep-alive', 'Keep-Alive: timeout=5', 'Proxy-Connection: x', 'TE: x', 'Upgrade: h2c']
  t.same(parse([...hopByHop, 'X-A: 1']).headers, ['X-A', '1'])
})

t.test('drops what Connection nominates, but never the framing', async (t) => {
  for (const connection of ['X-A', 'close, x-a', 'x-b , X-A,content-length'])
    t.same(
      parse([`Connection: ${connection}`, 'X-A: 1', 'Content-Length: 3']).headers,
      ['Content-Length', '3'],
      connection,
    )
})

t.test('says how the end of the body is found', async (t) => {
  const cases: [status: number, method: string, lines: string[], framing: string][] = [
    [200, 'GET', ['Content-Length: 3'], 'length'],
    [200, 'GET', ['Content-Length: 0'], 'none'],
    [200, 'GET', ['Transfer-Encoding: chunked'], 'chunked'],
    [200, 'GET', ['Transfer-Encoding: CHUNKED '], 'chunked'],
    [200, 'GET', [], 'until-close'],
    [200, 'HEAD', ['Content-Length: 3'], 'none'],
    [200, 'HEAD', [], 'none'],
    [204, 'GET', [], 'none'],
    [304, 'GET', ['Content-Length: 3'], 'none'],
    [103, 'GET', [], 'none'],
  ]
  for (const [status, method, lines, framing] of cases) t.equal(parse(lines, { status, method }).framing, framing)
})

t.test('a length is passed on in one form, and not where there is no body to have one', async (t) => {
  t.same(parse(['Content-Length: 007']).headers, ['Content-Length', '7'])
  t.same(parse(['Content-Length: 5'], { status: 204 }).headers, [])
  t.same(parse(['Content-Length: 5'], { status: 304 }).headers, ['Content-Length', '5'])
  t.same(parse(['Content-Length: 5'], { method: 'HEAD' }).headers, ['Content-Length', '5'])
})

t.test('announced trailers are passed on where there is room for them', async (t) => {
  t.same(parse(['Trailer: X-A', 'Transfer-Encoding: chunked', 'Trailer: X-B']).headers, ['Trailer', 'X-A, X-B'])
  t.same(parse(['Trailer: X-A', 'Content-Length: 1']).headers, ['Content-Length', '1'])
  t.same(parse(['Trailer: X-A', 'Transfer-Encoding: chunked'], { method: 'HEAD' }).headers, [])
})

t.test('says whether the connection may carry another request', async (t) => {
  const kept: [line: string, isKept: boolean, options?: Options][] = [
    ['Content-Length: 1', true],
    ['Content-Length: 1\r\nConnection: close', false],
    ['Content-Length: 1\r\nConnection: X-A, Close', false],
    ['Content-Length: 1\r\nConnection: keep-alive', true, { version: '1.0' }],
    ['Content-Length: 1', false, { version: '1.0' }],
    ['X: until the end', false],
    ['Content-Length: 5', false, { status: 204 }],
    ['Transfer-Encoding: chunked', false, { status: 204 }],
  ]
  for (const [line, isKept, options] of kept) t.equal(parse([line], options).isKeptAlive, isKept, line)
})

t.test('reads how long the backend keeps the connection', async (t) => {
  const cases: [value: string, ms: number][] = [
    ['timeout=5', 5000],
    ['max=100, timeout=15', 15_000],
    ['Timeout = "3"', 3000],
    ['timeout=0', 0],
    ['timeout=soon', Number.POSITIVE_INFINITY],
    ['nontimeout=5', Number.POSITIVE_INFINITY],
  ]
  for (const [value, ms] of cases) t.equal(parse([`Keep-Alive: ${value}`]).keepAliveMs, ms, value)
})

interface Options {
  readonly status?: number
  readonly method?: string
  readonly version?: string
}

function parse(lines: readonly string[], { status = 200, method = 'GET', version = '1.1' }: Options = {}) {
  return parseResponseHead([`HTTP/${version} ${status} Reason`, ...lines].join('\r\n'), method)
}
