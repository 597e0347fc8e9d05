import { dropHeader, type RequestRecord } from '@drawbridge/plugin-kit'

const MAX_REMEMBERED_NAMES = 2048
const MAX_REMEMBERED_LENGTH = 64

/** How a request header is treated on its way to the backend. */
const KEEP = 0
const DROP = 1
const CONNECTION = 2
const FORWARDING = 3
const FORWARDED_FOR = 4
const VIA = 5
const OVERRIDE = 6

// RFC 9110 7.6.1, and what this gateway answers or says itself: a connection frames its body on its own.
const OWN = [
  'host',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'expect',
]

// What a backend believes about the client: only a trusted proxy may say it. `x-forwarded-*` is matched by its prefix.
const CLIENT_CLAIMS = [
  'forwarded',
  'forwarded-for',
  'x-forwarded',
  'x-real-ip',
  'true-client-ip',
  'client-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-originating-ip',
  'x-remote-ip',
  'x-remote-addr',
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'fastly-client-ip',
  'x-azure-clientip',
  'x-envoy-external-address',
  'x-original-forwarded-for',
  'x-original-host',
  'x-host',
  'x-url-scheme',
  'front-end-https',
  'x-original-url',
  'x-rewrite-url',
  'remote-user',
  'remote-name',
  'remote-email',
  'remote-groups',
  'x-remote-user',
  'x-auth-request-user',
  'x-auth-request-email',
  'x-auth-request-groups',
  'x-webauth-user',
]

const KINDS = new Map<string, number>([
  ...OWN.map((name): [string, number] => [name, DROP]),
  ...CLIENT_CLAIMS.map((name): [string, number] => [name, FORWARDING]),
  ['connection', CONNECTION],
  ['x-forwarded-for', FORWARDED_FOR],
  ['via', VIA],
  // Some applications need these, attackers like them: passed on and noted, for the request log and the WAF.
  ['x-http-method', OVERRIDE],
  ['x-http-method-override', OVERRIDE],
  ['x-method-override', OVERRIDE],
])

// What `Connection` says almost always: nothing to drop.
const PLAIN_CONNECTIONS = new Set(['', 'keep-alive,', 'Keep-Alive,', 'close,', 'Upgrade,', 'upgrade,'])

// Framing and routing are never deleted because a client names them in `Connection`.
const PROTECTED = new Set(['host', 'content-length', 'keep-alive', 'close', 'upgrade'])

const remembered = new Map<string, number>()

/** What the headers to the backend depend on besides the request. */
export interface RequestHeaderPlan {
  /** The `Host` to send, or undefined to pass on the client's. */
  readonly host: string | undefined
  readonly viaName: string
  /** Also send RFC 7239 `Forwarded`. */
  readonly forwarded: boolean
}

/**
 * The headers for the backend as a flat array: the client's, in their order and spelling, without hop-by-hop headers, names
 * with `_` and claims about the client that only a trusted proxy may make; then ours.
 */
export function buildRequestHeaders(record: RequestRecord, plan: RequestHeaderPlan): string[] {
  const { rawHeaders, isTrustedPeer } = record
  const headers = ['Host', plan.host ?? record.hostHeader]
  let forwardedFor = ''
  let via = ''
  let connection = ''
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    const kind = remembered.get(name) ?? kindOf(name)
    if (kind === KEEP) headers.push(name, rawHeaders[i + 1] as string)
    else if (kind === CONNECTION) connection += `${rawHeaders[i + 1]},`
    else if (kind === VIA) via += `${rawHeaders[i + 1]}, `
    else if (kind === FORWARDED_FOR && isTrustedPeer) forwardedFor += `${rawHeaders[i + 1]}, `
    else if (kind === FORWARDING && isTrustedPeer) headers.push(name, rawHeaders[i + 1] as string)
    else if (kind === OVERRIDE) {
      headers.push(name, rawHeaders[i + 1] as string)
      record.note({ by: 'core', what: 'method-override' })
    }
  }
  // The client's Connection list first: it must not take away what the gateway adds (RFC 9110 7.6.1).
  if (!PLAIN_CONNECTIONS.has(connection)) dropNominated(headers, connection)
  addForwarding(headers, record, forwardedFor)
  if (plan.forwarded) addForwarded(headers, record)
  headers.push('Via', `${via}1.1 ${plan.viaName}`)
  return headers
}

function addForwarding(headers: string[], record: RequestRecord, forwardedFor: string): void {
  headers.push('X-Forwarded-For', forwardedFor + record.peerAddress)
  if (record.isTrustedPeer) {
    dropHeader(headers, 'x-real-ip')
    if (!hasHeader(headers, 'x-forwarded-host')) headers.push('X-Forwarded-Host', record.hostHeader)
    dropHeader(headers, 'x-forwarded-proto')
  } else {
    headers.push('X-Forwarded-Host', record.hostHeader)
  }
  headers.push('X-Forwarded-Proto', record.scheme, 'X-Real-IP', record.clientAddress)
}

/** RFC 7239 4: IPv6 addresses are quoted and bracketed. A trusted proxy's own elements come first. */
function addForwarded(headers: string[], record: RequestRecord): void {
  let earlier = ''
  for (let i = 0; i < headers.length; i += 2)
    if ((headers[i] as string).toLowerCase() === 'forwarded') earlier += `${headers[i + 1]}, `
  if (earlier !== '') dropHeader(headers, 'forwarded')
  const address = record.peerAddress.includes(':') ? `"[${record.peerAddress}]"` : record.peerAddress
  headers.push('Forwarded', `${earlier}for=${address};host="${record.hostHeader}";proto=${record.scheme}`)
}

/** One pass, whatever the length of the list: the client chooses it. */
function dropNominated(headers: string[], connection: string): void {
  const nominated = new Set(connection.split(',').map((token) => token.trim().toLowerCase()))
  let kept = 0
  for (let i = 0; i < headers.length; i += 2) {
    const lower = (headers[i] as string).toLowerCase()
    if (nominated.has(lower) && !PROTECTED.has(lower)) continue
    headers[kept] = headers[i] as string
    headers[kept + 1] = headers[i + 1] as string
    kept += 2
  }
  headers.length = kept
}

function hasHeader(headers: readonly string[], lower: string): boolean {
  for (let i = 0; i < headers.length; i += 2) if ((headers[i] as string).toLowerCase() === lower) return true
  return false
}

function kindOf(name: string): number {
  const lower = name.toLowerCase()
  const kind = KINDS.get(lower) ?? kindByForm(lower)
  // Clients choose header names: only so many are remembered, only short ones, and nobody can fill the memory for good.
  if (name.length > MAX_REMEMBERED_LENGTH) return kind
  if (remembered.size >= MAX_REMEMBERED_NAMES) remembered.clear()
  remembered.set(name, kind)
  return kind
}

function kindByForm(lower: string): number {
  // CGI and PHP read X_Real_IP and X-Real-IP as one variable; nginx drops such names too.
  if (lower.includes('_')) return DROP
  return lower.startsWith('x-forwarded-') ? FORWARDING : KEEP
}
