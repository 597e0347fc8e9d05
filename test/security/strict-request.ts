/** A request as a strict reader of RFC 9112 understands it. Header names are in lower case. */
export interface StrictRequest {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer
}

/** What stands at a place in a connection's bytes. */
export type StrictReading =
  | { readonly kind: 'complete'; readonly request: StrictRequest; readonly end: number }
  /** Not all of it has come; `head` is there when the head has. */
  | { readonly kind: 'partial'; readonly head: Head | undefined }
  | { readonly kind: 'invalid'; readonly reason: string }

type Head = Omit<StrictRequest, 'body'>

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) (\/[\x21-\x7e]*) HTTP\/1\.1$/
const HEADER_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ?([\t\x20-\x7e\x80-\xff]*)$/

/**
 * Reads one request from `bytes` at `from` and takes nothing on trust: what a gateway sends must leave no room for a second
 * reading. Shares no code with the gateway, nor with Node's parser.
 */
export function readStrictRequest(bytes: Buffer, from = 0): StrictReading {
  const headEnd = bytes.indexOf('\r\n\r\n', from, 'latin1')
  if (headEnd === -1) return { kind: 'partial', head: undefined }
  const head = readHead(bytes.toString('latin1', from, headEnd))
  if (typeof head === 'string') return { kind: 'invalid', reason: head }
  const framing = judgeFraming(head)
  if (typeof framing === 'string') return { kind: 'invalid', reason: framing }
  return framing.isChunked
    ? readChunked(bytes, headEnd + 4, head)
    : readCounted(bytes, headEnd + 4, head, framing.length)
}

/** The values of a header. */
export function valuesOf({ headers }: Pick<StrictRequest, 'headers'>, name: string): string[] {
  return headers.filter((header) => header[0] === name).map((header) => header[1])
}

function readHead(text: string): Head | string {
  const [first = '', ...lines] = text.split('\r\n')
  const [, method, target] = REQUEST_LINE.exec(first) ?? []
  if (method === undefined || target === undefined) return `request line ${JSON.stringify(first)}`
  const headers: [string, string][] = []
  for (const line of lines) {
    const [, name, value] = HEADER_LINE.exec(line) ?? []
    if (name === undefined || value === undefined) return `header line ${JSON.stringify(line)}`
    headers.push([name.toLowerCase(), value])
  }
  return { method, target, headers }
}

function judgeFraming(head: Head): { length: number; isChunked: boolean } | string {
  const lengths = valuesOf(head, 'content-length')
  const codings = valuesOf(head, 'transfer-encoding')
  if (valuesOf(head, 'host').length !== 1) return 'not exactly one Host'
  if (lengths.length + codings.length > 1) return 'more than one framing'
  const [length = '0'] = lengths
  if (!/^(?:0|[1-9]\d*)$/.test(length)) return `Content-Length ${JSON.stringify(length)}`
  if (codings.length === 1 && codings[0] !== 'chunked') return `Transfer-Encoding ${JSON.stringify(codings[0])}`
  return { length: Number(length), isChunked: codings.length === 1 }
}

function readCounted(bytes: Buffer, start: number, head: Head, length: number): StrictReading {
  const end = start + length
  if (bytes.length < end) return { kind: 'partial', head }
  return { kind: 'complete', request: { ...head, body: bytes.subarray(start, end) }, end }
}

function readChunked(bytes: Buffer, start: number, head: Head): StrictReading {
  const parts: Buffer[] = []
  let at = start
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at, 'latin1')
    if (lineEnd === -1) return { kind: 'partial', head }
    const line = bytes.toString('latin1', at, lineEnd)
    if (!/^[0-9a-f]{1,8}$/.test(line)) return { kind: 'invalid', reason: `chunk size ${JSON.stringify(line)}` }
    const size = Number.parseInt(line, 16)
    const end = lineEnd + 2 + size
    if (bytes.length < end + 2) return { kind: 'partial', head }
    // Behind the last chunk an empty line ends the body: this gateway sends no request trailers.
    if (bytes.toString('latin1', end, end + 2) !== '\r\n') return { kind: 'invalid', reason: 'a chunk without its end' }
    if (size === 0) return { kind: 'complete', request: { ...head, body: Buffer.concat(parts) }, end: end + 2 }
    parts.push(bytes.subarray(lineEnd + 2, end))
    at = end + 2
  }
}
