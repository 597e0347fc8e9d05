import { RequestRecord } from '@drawbridge/plugin-kit'
import t from 'tap'
import { buildRequestHeaders, type RequestHeaderPlan } from '../src/request-headers.ts'

const PLAN: RequestHeaderPlan = { host: undefined, viaName: 'gate', forwarded: false }
const OURS = [
  ['X-Forwarded-For', '192.0.2.7'],
  ['X-Forwarded-Host', 'app.test'],
  ['X-Forwarded-Proto', 'http'],
  ['X-Real-IP', '192.0.2.7'],
  ['Via', '1.1 gate'],
]

t.test('passes headers on in their order and spelling, then ours', async (t) => {
  const built = build(['accept', '*/*', 'X-A', '1', 'X-a', '2', 'COOKIE', 'a=b'])
  t.same(built, [['Host', 'app.test'], ['accept', '*/*'], ['X-A', '1'], ['X-a', '2'], ['COOKIE', 'a=b'], ...OURS])
})

t.test('drops what belongs to one connection, and the framing, which is made anew', async (t) => {
  const hopByHop = ['Connection', 'Keep-Alive', 'Proxy-Connection', 'Proxy-Authorization', 'TE', 'Trailer', 'Upgrade']
  const own = ['Host', 'Content-Length', 'Transfer-Encoding', 'HTTP2-Settings', 'Expect']
  for (const name of [...hopByHop, ...own]) {
    const built = build([name, 'x', name.toUpperCase(), 'y'])
    t.same(built, [['Host', 'app.test'], ...OURS], name)
  }
})

t.test('drops what the client nominates in Connection, never what is ours', async (t) => {
  for (const connection of ['X-A', 'close, x-a', 'keep-alive,X-a ,Cookie', ' X-A', 'Upgrade, x-A']) {
    const nominated = ['X-Forwarded-For', 'X-Real-IP', 'Host', 'Via', 'X-Forwarded-Proto'].join(', ')
    const built = build(['Connection', connection, 'X-A', '1', 'X-B', '2', 'Connection', nominated])
    t.same(built, [['Host', 'app.test'], ['X-B', '2'], ...OURS], connection)
  }
})

t.test('a long Connection list costs one pass', async (t) => {
  const names = Array.from({ length: 8000 }, (_, i) => `x${i}`)
  const built = build(['Connection', names.join(','), ...names.flatMap((name) => [name, '1'])])
  t.same(built, [['Host', 'app.test'], ...OURS])
})

t.test('drops names with an underscore: to CGI they are the ones with a dash', async (t) => {
  t.same(build(['X_Real_IP', '1', 'X-Real_IP', '2', 'Content_Length', '3', '_', '4']), [['Host', 'app.test'], ...OURS])
})

const CLAIMS = [
  'Forwarded',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-Forwarded-Port',
  'X-Forwarded-Ssl',
  'X-Forwarded-Anything',
  'X-Forwarded',
  'X-Real-IP',
  'True-Client-IP',
  'CF-Connecting-IP',
  'X-Client-IP',
  'X-Cluster-Client-IP',
  'X-Originating-IP',
  'Fastly-Client-IP',
  'X-Original-Host',
  'X-Original-URL',
  'X-Rewrite-URL',
  'Front-End-Https',
  'Remote-User',
  'X-Remote-User',
  'X-Auth-Request-User',
]

t.test('what an untrusted client says about itself does not get through', async (t) => {
  for (const name of CLAIMS) t.same(build([name, 'claimed']), [['Host', 'app.test'], ...OURS], name)
})

t.test('what a trusted proxy says gets through; our part is added', async (t) => {
  const record = recordOf(['X-Forwarded-For', '198.51.100.1', 'X-Forwarded-For', '10.0.0.2', 'X-Forwarded-Port', '443'])
  Object.assign(record, { isTrustedPeer: true, clientAddress: '198.51.100.1', scheme: 'https' })
  t.same(pairs(buildRequestHeaders(record, PLAN)), [
    ['Host', 'app.test'],
    ['X-Forwarded-Port', '443'],
    ['X-Forwarded-For', '198.51.100.1, 10.0.0.2, 192.0.2.7'],
    ['X-Forwarded-Host', 'app.test'],
    ['X-Forwarded-Proto', 'https'],
    ['X-Real-IP', '198.51.100.1'],
    ['Via', '1.1 gate'],
  ])
})

t.test('of a trusted proxy there is still one scheme, one address and one host', async (t) => {
  const claims = ['X-Forwarded-Proto', 'ftp', 'X-Real-IP', 'junk', 'X-Forwarded-Host', 'outer.test']
  const record = Object.assign(recordOf(claims), { isTrustedPeer: true })
  const built = pairs(buildRequestHeaders(record, PLAN))
  const valuesOf = (lower: string) => built.filter(([name]) => name?.toLowerCase() === lower).map(([, value]) => value)
  t.same(valuesOf('x-forwarded-proto'), ['http'])
  t.same(valuesOf('x-real-ip'), ['192.0.2.7'])
  t.same(valuesOf('x-forwarded-host'), ['outer.test'])
})

t.test('adds to Via', async (t) => {
  const built = build(['Via', '1.0 fred', 'via', '1.1 barney'])
  t.same(built.at(-1), ['Via', '1.0 fred, 1.1 barney, 1.1 gate'])
})

t.test('sends RFC 7239 Forwarded where the route says so', async (t) => {
  const plan = { ...PLAN, forwarded: true }
  const forwarded = (record: RequestRecord) =>
    pairs(buildRequestHeaders(record, plan))
      .filter(([name]) => name === 'Forwarded')
      .map(([, value]) => value)
  t.same(forwarded(recordOf(['Forwarded', 'for=6.6.6.6'])), ['for=192.0.2.7;host="app.test";proto=http'])
  const trusted = Object.assign(recordOf(['Forwarded', 'for=198.51.100.1']), { isTrustedPeer: true })
  t.same(forwarded(trusted), ['for=198.51.100.1, for=192.0.2.7;host="app.test";proto=http'])
  t.same(forwarded(recordOf([], '2001:db8::1')), ['for="[2001:db8::1]";host="app.test";proto=http'])
})

t.test('sends the Host that the route says', async (t) => {
  t.same(pairs(buildRequestHeaders(recordOf([]), { ...PLAN, host: 'inner.test' }))[0], ['Host', 'inner.test'])
})

t.test('passes method overrides on and notes them', async (t) => {
  for (const name of ['X-HTTP-Method', 'X-HTTP-Method-Override', 'X-Method-Override']) {
    const record = recordOf([name, 'DELETE'])
    t.same(pairs(buildRequestHeaders(record, PLAN)), [['Host', 'app.test'], [name, 'DELETE'], ...OURS])
    t.same(record.decisions, [{ by: 'core', what: 'method-override' }])
  }
})

t.test('names that clients make up push out no others, and do not stay', async (t) => {
  for (let i = 0; i < 5000; i += 1) build([`X-Made-Up-${i}`, '1'])
  for (let i = 0; i < 10; i += 1) build([`${'x'.repeat(60_000)}${i}`, '1'])
  t.same(build(['Connection', 'close', 'X-Real-IP', '1', 'X-A', '1']), [['Host', 'app.test'], ['X-A', '1'], ...OURS])
})

function build(rawHeaders: readonly string[]): [string, string][] {
  return pairs(buildRequestHeaders(recordOf(rawHeaders), PLAN))
}

function recordOf(rawHeaders: readonly string[], peerAddress = '192.0.2.7'): RequestRecord {
  const record = new RequestRecord({
    method: 'GET',
    target: '/',
    rawHeaders,
    httpVersion: '1.1',
    peerAddress,
    startedAt: 0,
  })
  record.hostHeader = 'app.test'
  return record
}

function pairs(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] ?? '', flat[2 * i + 1] ?? ''])
}
