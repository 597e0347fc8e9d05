/** An answer as a strict client reads it. Header names are in lower case. */
export interface StrictResponse {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
  /** The end was said (length, last chunk), not only seen (the connection closed). */
  readonly isDelimited: boolean
}

/** The answers that came over one connection, and what is wrong behind the last good one. */
export interface StrictAnswers {
  readonly answers: readonly StrictResponse[]
  readonly problem: string | undefined
}

const STATUS_LINE = /^HTTP\/1\.1 ([1-5]\d\d) [\t\x20-\x7e\x80-\xff]*$/
const HEADER_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/

/**
 * Reads all that a client received (one character a byte) as the answers to requests of these methods. Informational answers
 * are skipped, a 101 ends the reading.
 */
export function readStrictResponses(received: string, methods: readonly string[]): StrictAnswers {
  const answers: StrictResponse[] = []
  let at = 0
  while (at < received.length) {
    const reading = readOne(received, at, methods[answers.length] ?? 'GET')
    if (typeof reading === 'string') return { answers, problem: reading }
    at = reading.end
    if (reading.answer.status === 101) return { answers: [...answers, reading.answer], problem: undefined }
    if (reading.answer.status >= 200) answers.push(reading.answer)
  }
  return { answers, problem: undefined }
}

function readOne(text: string, from: number, method: string): { answer: StrictResponse; end: number } | string {
  const headEnd = text.indexOf('\r\n\r\n', from)
  if (headEnd === -1) return 'a head without its end'
  const [first = '', ...lines] = text.slice(from, headEnd).split('\r\n')
  const status = Number(STATUS_LINE.exec(first)?.[1] ?? 0)
  if (status === 0) return `status line ${JSON.stringify(first)}`
  const headers: [string, string][] = []
  for (const line of lines) {
    const [, name, value] = HEADER_LINE.exec(line) ?? []
    if (name === undefined || value === undefined) return `header line ${JSON.stringify(line)}`
    headers.push([name.toLowerCase(), value])
  }
  const body = readBody(text, headEnd + 4, { status, headers, method })
  return typeof body === 'string' ? body : { answer: { status, headers, ...body }, end: body.end }
}

interface Head {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly method: string
}

function readBody(
  text: string,
  start: number,
  { status, headers, method }: Head,
): { body: string; end: number; isDelimited: boolean } | string {
  const lengths = headers.filter(([name]) => name === 'content-length').map(([, value]) => value)
  const codings = headers.filter(([name]) => name === 'transfer-encoding').map(([, value]) => value)
  if (lengths.length + codings.length > 1) return 'more than one framing'
  const isBodiless = status < 200 || status === 204 || status === 304 || method === 'HEAD'
  if (isBodiless) {
    const isMisframed = (status < 200 || status === 204) && lengths.length + codings.length > 0
    return isMisframed ? `a framing in a ${status}` : { body: '', end: start, isDelimited: true }
  }
  if (codings.length === 1) return codings[0] === 'chunked' ? readChunks(text, start) : `coding ${codings[0]}`
  if (lengths.length === 0) return { body: text.slice(start), end: text.length, isDelimited: false }
  if (!/^\d+$/.test(lengths[0] ?? '')) return `Content-Length ${lengths[0]}`
  const end = start + Number(lengths[0])
  return end > text.length ? 'a body without its end' : { body: text.slice(start, end), end, isDelimited: true }
}

function readChunks(text: string, start: number): { body: string; end: number; isDelimited: boolean } | string {
  let body = ''
  let at = start
  for (;;) {
    const [line, hex] = /^([0-9a-f]+)\r\n/i.exec(text.slice(at, at + 20)) ?? []
    if (line === undefined || hex === undefined) return 'a chunk size that is none, or missing'
    const size = Number.parseInt(hex, 16)
    at += line.length
    if (size === 0) {
      // Trailers, perhaps, up to an empty line.
      const end = text.startsWith('\r\n', at) ? at : text.indexOf('\r\n\r\n', at) + 2
      return end < at ? 'trailers without their end' : { body, end: end + 2, isDelimited: true }
    }
    body += text.slice(at, at + size)
    at += size
    if (!text.startsWith('\r\n', at)) return 'a chunk without its end'
    at += 2
  }
}
