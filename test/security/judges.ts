import type { RequestRecord } from '@drawbridge/plugin-kit'
import type { Row } from './corpus.ts'
import type { Play, Stage } from './stage.ts'
import { type StrictRequest, valuesOf } from './strict-request.ts'

/** What a case was played on, and what came of it. */
export interface Outcome {
  readonly row: Row
  readonly play: Play
  readonly stage: Stage
}

/** Says what is wrong; `undefined` when the outcome is as it must be. */
export type Judge = (outcome: Outcome) => string | undefined

const OURS = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip']
const ORDINARY = new Set(['host', 'connection', 'content-length', 'content-type', 'transfer-encoding', 'x-stage'])

/** What holds for every case: each request that reached a backend was accepted once, and means what was accepted. */
export const judgeSafety: Judge = ({ row, play, stage }) => {
  const marks = play.requests.map((request) => valuesOf(request, 'x-stage')[0])
  if (new Set(marks).size < marks.length) return 'one accepted request reached a backend twice'
  for (const request of play.requests) {
    const record = play.accepted[Number(marks[play.requests.indexOf(request)]?.split(' ')[1])]
    if (record === undefined) return `a request nobody accepted: ${request.method} ${request.target}`
    const problem = compare(record, request) ?? judgePlace(record, request.backend)
    if (problem !== undefined) return problem
    const maySmuggle = row.expect === 'two-ok' || row.expect === 'mutation'
    if (request.target.includes('/smuggled') && !maySmuggle) return '/smuggled became a request'
  }
  // In one case the backend says it is unavailable; any other 5xx would be of the gateway's own making.
  const isOurs = row.id !== 'ws-upstream-not-101'
  if (isOurs && play.statuses.some((status) => status >= 500)) return `answered ${play.statuses.join(', ')}`
  if (!play.isSettled) return 'an accepted request never came to an end'
  if (stage.unfinishedOf(play).some(({ isClosed }) => !isClosed)) return 'an unfinished request was left open'
  return undefined
}

function compare(record: RequestRecord, request: StrictRequest): string | undefined {
  if (record.method !== request.method) return `method ${record.method} became ${request.method}`
  // RFC 9112 3.2.2 and 3.2.1: an absolute target without a path means `/`.
  const target = record.target.replace(/^https?:\/\/[^/?]*/i, '').replace(/^(?!\/)/, '/')
  if (target !== request.target) return `target ${record.target} became ${request.target}`
  // Of an upgrade the record counts what went through the tunnel.
  if (record.upgrade === '' && record.requestBodyBytes !== request.body.length)
    return `a body of ${record.requestBodyBytes} bytes became one of ${request.body.length}`
  return undefined
}

function judgePlace({ host }: RequestRecord, backend: string): string | undefined {
  const right = host === 'vault.test' ? 'vault' : 'app'
  return right === backend ? undefined : `a request for ${host} reached the backend of ${backend}`
}

/** What holds for a case by its `expect`. */
export const JUDGES: Readonly<Record<string, Judge>> = {
  reject: ({ row, play, stage }) => {
    const [first = 0] = play.statuses
    if (play.requests.length > 0) return 'it reached the backend'
    // A head that was good goes out before its body turns bad; the backend then sees it cut off, never complete.
    if (stage.unfinishedOf(play).length > 0 && !row.raw.includes('\r\n\r\n')) return 'a part of it reached the backend'
    if (first < 400 || play.statuses.length !== 1) return `answered ${play.statuses.join(', ') || 'nothing'}`
    return play.isClosed ? undefined : 'the connection stayed open'
  },
  'reject-or-single': atMostOne,
  'single-or-reject': atMostOne,
  single: (outcome) => {
    // Refused by the parser: a Content-Length among the trailers.
    if (outcome.row.id === 'chunk-trailer') return refused(outcome)
    return atMostOne(outcome) ?? answered(outcome, 200)
  },
  'two-ok': ({ play }) => {
    if (play.requests.length !== 2) return `${play.requests.length} requests reached the backend`
    return play.statuses.join() === '200,200' ? undefined : `answered ${play.statuses.join(', ')}`
  },
  'first-then-reject': ({ play }) => {
    if (play.accepted.length !== 1) return `${play.accepted.length} requests were accepted`
    const [first = 0, second = 0, ...more] = play.statuses
    const isServed = first === 200 || (first === 404 && play.accepted[0]?.host === '')
    // Behind an answer that closes the connection there is no place for a second one (RFC 9112 9.6).
    const isOver = second === 0 && /\r\nconnection: close\r\n/i.test(play.received)
    if (!isServed || !(second === 400 || isOver) || more.length > 0) return `answered ${play.statuses.join(', ')}`
    return play.isClosed ? undefined : 'the connection stayed open'
  },
  'policy-path': refused,
  'policy-target': refused,
  'policy-host': ({ play }) => {
    if (play.accepted.length !== 1) return `${play.accepted.length} requests were accepted`
    const isKnown = play.accepted[0]?.host === 'app.test'
    if (isKnown !== play.requests.length > 0) return `${play.accepted[0]?.host} reached the backend, or did not`
    return isKnown || play.statuses[0] === 404 ? undefined : `answered ${play.statuses.join(', ')}`
  },
  'upstream-fixed': (outcome) => atMostOne(outcome) ?? answered(outcome, 200),
  'strip-fwd': (outcome) => atMostOne(outcome) ?? answered(outcome, 200) ?? judgeClaims(outcome),
  'strip-conn': (outcome) => atMostOne(outcome) ?? answered(outcome, 200) ?? judgeHopByHop(outcome),
  'strip-or-flag': (outcome) => atMostOne(outcome) ?? answered(outcome, 200) ?? judgeOverrides(outcome),
  'no-tunnel': ({ play, stage }) => judgeNoTunnel(play, stage),
  'no-tunnel-or-ws': ({ play, stage }) => (play.statuses[0] === 101 ? undefined : judgeNoTunnel(play, stage)),
  ws: judgeWebSocket,
  'ws-or-reject': (outcome) => (outcome.play.statuses[0] === 101 ? judgeWebSocket(outcome) : refused(outcome)),
  'waf-block': (outcome) => refused(outcome) ?? answered(outcome, 403),
  'waf-block-or-reject': refused,
  'second-blocked': ({ play }) => {
    if (play.requests.length !== 1) return `${play.requests.length} requests reached the backend`
    return play.statuses.join() === '200,403' ? undefined : `answered ${play.statuses.join(', ')}`
  },
  // Whether it is refused is another question.
  fast: (outcome) => atMostOne(outcome) ?? (answered(outcome, 200) === undefined ? undefined : answered(outcome, 403)),
}

function atMostOne({ play }: Outcome): string | undefined {
  if (play.requests.length > 1) return `${play.requests.length} requests reached the backend`
  return undefined
}

function answered({ play }: Outcome, status: number): string | undefined {
  const finals = play.statuses.filter((code) => code >= 200)
  return finals.join() === String(status) ? undefined : `answered ${finals.join(', ') || 'nothing'}`
}

function refused({ play }: Outcome): string | undefined {
  const [status = 0] = play.statuses
  if (play.requests.length > 0) return 'it reached the backend'
  return status >= 400 ? undefined : `answered ${play.statuses.join(', ') || 'nothing'}`
}

/** What the client says about itself is gone, but for what happens to be ours too. */
function judgeClaims({ row, play }: Outcome): string | undefined {
  const request = play.requests[0]
  if (request === undefined) return 'nothing reached the backend'
  for (const name of OURS) if (valuesOf(request, name).length !== 1) return `not one ${name}`
  if (valuesOf(request, 'x-forwarded-for')[0] !== '127.0.0.1') return 'X-Forwarded-For is not the peer'
  if (valuesOf(request, 'x-real-ip')[0] !== '127.0.0.1') return 'X-Real-IP is not the peer'
  if (valuesOf(request, 'x-forwarded-host')[0] !== 'app.test') return 'X-Forwarded-Host is not the host'
  if (valuesOf(request, 'x-forwarded-proto')[0] !== 'http') return 'X-Forwarded-Proto is not the scheme'
  for (const [name, value] of headersIn(row.raw)) {
    if (OURS.includes(name) || ORDINARY.has(name)) continue
    if (valuesOf(request, name).includes(value)) return `${name}: ${value} came through`
  }
  return undefined
}

function judgeHopByHop({ row, play }: Outcome): string | undefined {
  const request = play.requests[0]
  if (request === undefined) return 'nothing reached the backend'
  const nominated = headersIn(row.raw).filter(([name]) => name === 'connection')
  const names = nominated.flatMap(([, value]) => value.toLowerCase().split(',')).map((name) => name.trim())
  const fixed = ['keep-alive', 'proxy-connection', 'proxy-authorization', 'te', 'trailer', 'upgrade', 'http2-settings']
  const left = [...names, ...fixed].filter((name) => valuesOf(request, name).length > 0)
  if (left.length > 0) return `${left.join(', ')} came through`
  const missing = [...OURS, 'x-stage'].filter((name) => valuesOf(request, name).length !== 1)
  return missing.length === 0 ? undefined : `${missing.join(', ')} is missing`
}

function judgeOverrides({ play }: Outcome): string | undefined {
  const request = play.requests[0]
  if (request === undefined) return 'nothing reached the backend'
  const rewrites = ['x-original-url', 'x-rewrite-url'].filter((name) => valuesOf(request, name).length > 0)
  if (rewrites.length > 0) return `${rewrites.join(', ')} came through`
  const isNoted = play.accepted[0]?.decisions?.some(({ what }) => what === 'method-override')
  return isNoted ? undefined : 'the method override was not noted'
}

function judgeNoTunnel(play: Play, stage: Stage): string | undefined {
  if (play.statuses.includes(101)) return 'the client got a 101'
  if (play.requests.length > 0 && tunnelsOf(play, stage).length > 0) return 'bytes went through a tunnel'
  return play.requests.length <= 1 ? undefined : `${play.requests.length} requests reached the backend`
}

/** The backend's 101 came through, and exactly the bytes behind the handshake went the other way. */
function judgeWebSocket({ row, play, stage }: Outcome): string | undefined {
  if (play.statuses[0] !== 101) return `answered ${play.statuses.join(', ') || 'nothing'}`
  const sent = row.raw.slice(row.raw.indexOf('\r\n\r\n') + 4)
  if (tunnelsOf(play, stage).join() !== sent) return 'the first bytes did not reach the backend as they were'
  return play.received.endsWith(`\r\n\r\n${sent}`) ? undefined : 'the echo did not come back'
}

function tunnelsOf({ mark }: Play, { app }: Stage): string[] {
  return app.connections
    .filter(({ requests }) => requests.some((request) => valuesOf(request, 'x-stage')[0]?.startsWith(`${mark} `)))
    .flatMap(({ tunnel }) => tunnel?.toString('latin1') ?? [])
}

function headersIn(raw: string): [name: string, value: string][] {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).split('\r\n').slice(1)
  return head.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()])
}
