import { dropHeader, type Framing, type UpstreamHead } from '@drawbridge/plugin-kit'
import { UpstreamInvalid } from './errors.ts'

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [^\r\n]*)?$/
// Everything a header block must not hold: control characters, and CR or LF that are not a pair.
const FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n/
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const DIGITS = /^\d{1,15}$/

const TAB = 9
const ZERO = 48

const KEEP = 0
const DROP = 1
const CONNECTION = 2
const CONTENT_LENGTH = 3
const TRANSFER_ENCODING = 4
const KEEP_ALIVE = 5
const TRAILER = 6

// RFC 9110 7.6.1: each connection speaks for itself.
const KINDS = new Map([
  ['connection', CONNECTION],
  ['keep-alive', KEEP_ALIVE],
  ['proxy-connection', DROP],
  ['te', DROP],
  ['upgrade', DROP],
  ['transfer-encoding', TRANSFER_ENCODING],
  ['content-length', CONTENT_LENGTH],
  ['trailer', TRAILER],
])
// What `Connection` says almost always: nothing to drop.
const PLAIN_CONNECTIONS = new Set(['', 'keep-alive,', 'close,', 'upgrade,'])
const MAX_REMEMBERED_NAMES = 1024
const MAX_REMEMBERED_LENGTH = 64
const remembered = new Map<string, number>()

/**
 * Reads an answer's head: status line and header lines as latin1 text, without the empty line at the end. Strict: what RFC 9112
 * forbids throws `UpstreamInvalid`, because two readings of one answer are how answers get swapped between clients.
 */
export function parseResponseHead(text: string, method: string): UpstreamHead {
  if (FORBIDDEN.test(text)) throw new UpstreamInvalid('forbidden characters in the head')
  const firstEnd = text.indexOf('\r\n')
  const statusLine = STATUS_LINE.exec(firstEnd === -1 ? text : text.slice(0, firstEnd))
  if (statusLine === null) throw new UpstreamInvalid('no status line')
  const facts = new HeadFacts(statusLine[1] === '1', Number(statusLine[2]))
  if (firstEnd !== -1) readLines(text, firstEnd + 2, facts)
  return facts.judge(method)
}

function readLines(text: string, start: number, facts: HeadFacts): void {
  let from = start
  while (from < text.length) {
    let end = text.indexOf('\r\n', from)
    if (end === -1) end = text.length
    const colon = text.indexOf(':', from)
    if (colon === -1 || colon >= end) throw new UpstreamInvalid('a header line without a colon')
    facts.take(text.slice(from, colon), trimmed(text, colon + 1, end), text.charCodeAt(end - 1) === TAB)
    from = end + 2
  }
}

/** The text between two places without the blanks around it (RFC 9112 5.1: optional white space). */
function trimmed(text: string, start: number, end: number): string {
  let from = start
  let to = end
  while (from < to && isBlank(text.charCodeAt(from))) from += 1
  while (to > from && isBlank(text.charCodeAt(to - 1))) to -= 1
  return text.slice(from, to)
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

/** Header lines gathered while reading, and what they mean together. */
class HeadFacts {
  readonly #isHttp11: boolean
  readonly #status: number
  readonly #headers: string[] = []
  #contentLength = -1
  #connection = ''
  #keepAlive = ''
  #transferEncoding = ''
  #trailer = ''

  constructor(isHttp11: boolean, status: number) {
    this.#isHttp11 = isHttp11
    this.#status = status
  }

  take(name: string, value: string, endsWithTab: boolean): void {
    const kind = remembered.get(name) ?? kindOf(name)
    if (kind === CONTENT_LENGTH) this.#takeLength(name, value)
    else if (kind === CONNECTION) this.#connection += `${value.toLowerCase()},`
    // Behind a tab some readers, Node's among them, do not see the coding.
    else if (kind === TRANSFER_ENCODING) this.#transferEncoding += `${value.toLowerCase()}${endsWithTab ? '\t' : ''},`
    else if (kind === KEEP_ALIVE) this.#keepAlive = value
    else if (kind === TRAILER) this.#trailer += this.#trailer === '' ? value : `, ${value}`
    if (kind === KEEP) this.#headers.push(name, value)
  }

  #takeLength(name: string, value: string): void {
    if (!DIGITS.test(value)) throw new UpstreamInvalid('Content-Length is no number')
    if (this.#contentLength !== -1) throw new UpstreamInvalid('more than one Content-Length')
    this.#contentLength = Number(value)
    // A leading zero means octal to some.
    this.#headers.push(name, value.charCodeAt(0) === ZERO ? String(this.#contentLength) : value)
  }

  judge(method: string): UpstreamHead {
    const isChunked = this.#transferEncoding !== ''
    if (isChunked && (this.#transferEncoding !== 'chunked,' || !this.#isHttp11))
      throw new UpstreamInvalid('a transfer coding other than chunked')
    if (isChunked && this.#contentLength !== -1) throw new UpstreamInvalid('both Content-Length and Transfer-Encoding')
    // RFC 9110 15.2: HTTP/1.0 knows none; and an answer that closes the connection has no other behind it.
    if (this.#status < 200 && this.#status !== 101 && !(this.#isHttp11 && this.#wantsKeepAlive()))
      throw new UpstreamInvalid('an informational answer that ends the connection')
    const framing = this.#framing(method, isChunked)
    // RFC 9110 8.6: here a length would be read as that of a body.
    if (this.#contentLength !== -1 && (this.#status < 200 || this.#status === 204))
      dropHeader(this.#headers, 'content-length')
    if (!PLAIN_CONNECTIONS.has(this.#connection)) dropNominated(this.#headers, this.#connection)
    // RFC 9110 6.5: only a chunked body has trailers.
    if (this.#trailer !== '' && framing === 'chunked') this.#headers.push('Trailer', this.#trailer)
    return {
      status: this.#status,
      headers: this.#headers,
      contentLength: this.#contentLength,
      framing,
      // After a body where none belongs nobody can say where the next answer begins.
      isKeptAlive: this.#wantsKeepAlive() && framing !== 'until-close' && !this.#hasMisplacedBody(isChunked),
      keepAliveMs: keepAliveMs(this.#keepAlive),
    }
  }

  #framing(method: string, isChunked: boolean): Framing {
    if (method === 'HEAD' || this.#isBodiless()) return 'none'
    if (isChunked) return 'chunked'
    if (this.#contentLength === 0) return 'none'
    return this.#contentLength > 0 ? 'length' : 'until-close'
  }

  #isBodiless(): boolean {
    return this.#status < 200 || this.#status === 204 || this.#status === 304
  }

  #hasMisplacedBody(isChunked: boolean): boolean {
    return this.#status === 204 && (isChunked || this.#contentLength > 0)
  }

  #wantsKeepAlive(): boolean {
    if (this.#connection === '') return this.#isHttp11
    const tokens = this.#connection.split(',').map((token) => token.trim())
    return !tokens.includes('close') && (this.#isHttp11 || tokens.includes('keep-alive'))
  }
}

function kindOf(name: string): number {
  if (!TOKEN.test(name)) throw new UpstreamInvalid('a header name that is no token')
  const kind = KINDS.get(name.toLowerCase()) ?? KEEP
  if (name.length > MAX_REMEMBERED_LENGTH) return kind
  if (remembered.size >= MAX_REMEMBERED_NAMES) remembered.clear()
  remembered.set(name, kind)
  return kind
}

function dropNominated(headers: string[], connection: string): void {
  const nominated = new Set(connection.split(',').map((token) => token.trim()))
  let kept = 0
  for (let i = 0; i < headers.length; i += 2) {
    const lower = (headers[i] as string).toLowerCase()
    if (nominated.has(lower) && lower !== 'content-length') continue
    headers[kept] = headers[i] as string
    headers[kept + 1] = headers[i + 1] as string
    kept += 2
  }
  headers.length = kept
}

function keepAliveMs(value: string): number {
  const seconds = /(?:^|[,\s])timeout\s*=\s*"?(\d{1,6})/i.exec(value)?.[1]
  return seconds === undefined ? Number.POSITIVE_INFINITY : Number(seconds) * 1000
}

/** Reads trailer lines (latin1, without the empty line) into a flat array; the same rules as for headers. */
export function parseTrailers(text: string): string[] {
  if (FORBIDDEN.test(text)) throw new UpstreamInvalid('forbidden characters in the trailers')
  const trailers: string[] = []
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon)
    if (colon === -1 || !TOKEN.test(name)) throw new UpstreamInvalid('a trailer line that is no header')
    const kind = KINDS.get(name.toLowerCase())
    // Framing must not come in through the back door (RFC 9110 6.5.1).
    if (kind === CONTENT_LENGTH || kind === TRANSFER_ENCODING) throw new UpstreamInvalid('a framing among the trailers')
    if (kind === undefined) trailers.push(name, trimmed(line, colon + 1, line.length))
  }
  return trailers
}
