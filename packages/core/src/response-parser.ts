import type { UpstreamHead } from '@drawbridge/plugin-kit'
import { UpstreamInvalid, UpstreamReset } from './errors.ts'
import { parseResponseHead, parseTrailers } from './response-head.ts'

/** Bytes of a head, of a chunk-size line and of trailers that are read at the most. */
const MAX_HEAD_BYTES = 65_536
const MAX_CHUNK_LINE_BYTES = 4096
const MAX_INTERIM_HEADS = 16

// RFC 9112 7.1: hexadecimal, then perhaps extensions, which mean nothing to us. White space around them ("BWS") is refused:
// what a size line ends with is where two readings of one body begin.
const CHUNK_SIZE =
  /^([0-9a-f]{1,13})(?:;[\w!#$%&'*+\-.^`|~]+(?:=(?:[\w!#$%&'*+\-.^`|~]+|"[\t\x20\x21\x23-\x5b\x5d-\x7e]*"))?)*$/i

/** Whoever reads a backend's answers. */
export interface ResponseListener {
  /** A head; informational ones (1xx) come before the final one. */
  responseHead(head: UpstreamHead): void
  /** Body bytes, lent until the method returns: copy what you keep. */
  responseData(chunk: Buffer): void
  responseEnd(trailers: readonly string[]): void
}

type State = 'idle' | 'head' | 'length' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailers' | 'until-close'

/**
 * An incremental, strict HTTP/1.1 response parser (RFC 9112). Bodies pass in linear time without copies; what waits for its end
 * (heads, chunk sizes, trailers) is bounded. Throws `UpstreamInvalid` for what is not HTTP. Ours instead of undici's, because that costs a third of the whole CPU per request (docs/decisions/0002).
 */
export class ResponseParser {
  readonly #listener: ResponseListener
  #state: State = 'idle'
  #method = ''
  #interimHeads = 0
  #pending: Buffer | undefined
  #remaining = 0

  constructor(listener: ResponseListener) {
    this.#listener = listener
  }

  /** Expects the answer to a request of this method. */
  begin(method: string): void {
    this.#method = method
    this.#interimHeads = 0
    this.#state = 'head'
  }

  /** True between answers: bytes that come now belong to nobody. */
  get isIdle(): boolean {
    return this.#state === 'idle'
  }

  /** Takes bytes as they come. Returns those left over when the answer ended before them, or when a `101` gave the connection away. */
  execute(chunk: Buffer): Buffer | undefined {
    let rest = this.#pending === undefined ? chunk : Buffer.concat([this.#pending, chunk])
    this.#pending = undefined
    while (rest.length > 0) {
      if (this.#state === 'idle') return rest
      const used = this.#step(rest)
      if (used === 0) {
        this.#pending = Buffer.from(rest)
        return undefined
      }
      rest = used === rest.length ? EMPTY : rest.subarray(used)
    }
    return undefined
  }

  /** The backend closed its side. Throws `UpstreamReset` when that cuts an answer. */
  finish(): void {
    if (this.#state === 'until-close') this.#end([])
    else if (this.#state !== 'idle') throw new UpstreamReset('it closed the connection before its answer was complete')
  }

  /** Consumes what it can of `bytes` and returns how much; 0 means more is needed. */
  #step(bytes: Buffer): number {
    switch (this.#state) {
      case 'head':
        return this.#readHead(bytes)
      case 'length':
      case 'chunk-data':
        return this.#readCounted(bytes)
      case 'chunk-size':
        return this.#readChunkSize(bytes)
      case 'chunk-end':
        return this.#readChunkEnd(bytes)
      case 'trailers':
        return this.#readTrailers(bytes)
      default:
        this.#listener.responseData(bytes)
        return bytes.length
    }
  }

  #readHead(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n\r\n', 0, 'latin1')
    if (end === -1 || end > MAX_HEAD_BYTES) {
      if (bytes.length > MAX_HEAD_BYTES) throw new UpstreamInvalid(`a head of more than ${MAX_HEAD_BYTES} bytes`)
      // No head begins otherwise: say so now instead of waiting for an end that may never come.
      if (!'HTTP/1.'.startsWith(latin1(bytes, 0, Math.min(7, bytes.length))))
        throw new UpstreamInvalid('no status line')
      return 0
    }
    const head = parseResponseHead(latin1(bytes, 0, end), this.#method)
    if (head.status >= 200 || head.status === 101) this.#enterBody(head)
    else this.#countInterim()
    this.#listener.responseHead(head)
    if (head.status >= 200 && head.framing === 'none') this.#end([])
    return end + 4
  }

  /** Without a bound a backend could keep a request alive, and a client's memory growing, for ever. */
  #countInterim(): void {
    this.#interimHeads += 1
    if (this.#interimHeads > MAX_INTERIM_HEADS) throw new UpstreamInvalid('informational answers without end')
  }

  #enterBody(head: UpstreamHead): void {
    if (head.status === 101) this.#state = 'idle'
    else if (head.framing === 'chunked') this.#state = 'chunk-size'
    else if (head.framing === 'until-close') this.#state = 'until-close'
    else if (head.framing === 'length') {
      this.#state = 'length'
      this.#remaining = head.contentLength
    }
  }

  #readCounted(bytes: Buffer): number {
    const part = bytes.length > this.#remaining ? bytes.subarray(0, this.#remaining) : bytes
    this.#remaining -= part.length
    this.#listener.responseData(part)
    if (this.#remaining > 0) return part.length
    if (this.#state === 'length') this.#end([])
    else this.#state = 'chunk-end'
    return part.length
  }

  #readChunkSize(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n', 0, 'latin1')
    if (end === -1 || end > MAX_CHUNK_LINE_BYTES) {
      if (bytes.length > MAX_CHUNK_LINE_BYTES) throw new UpstreamInvalid('a chunk size without end')
      return 0
    }
    const size = CHUNK_SIZE.exec(latin1(bytes, 0, end))?.[1]
    if (size === undefined) throw new UpstreamInvalid('a chunk size that is no number')
    this.#remaining = Number.parseInt(size, 16)
    this.#state = this.#remaining === 0 ? 'trailers' : 'chunk-data'
    return end + 2
  }

  #readChunkEnd(bytes: Buffer): number {
    if (bytes.length === 1 && bytes[0] === 13) return 0
    if (bytes[0] !== 13 || bytes[1] !== 10) throw new UpstreamInvalid('a chunk longer than its size')
    this.#state = 'chunk-size'
    return 2
  }

  #readTrailers(bytes: Buffer): number {
    if (bytes[0] === 13 && bytes[1] === 10) {
      this.#end([])
      return 2
    }
    const end = bytes.indexOf('\r\n\r\n', 0, 'latin1')
    if (end === -1 || end > MAX_HEAD_BYTES) {
      if (bytes.length > MAX_HEAD_BYTES) throw new UpstreamInvalid('trailers without end')
      return 0
    }
    this.#end(parseTrailers(latin1(bytes, 0, end)))
    return end + 4
  }

  #end(trailers: readonly string[]): void {
    this.#state = 'idle'
    this.#listener.responseEnd(trailers)
  }
}

const EMPTY = Buffer.alloc(0)

/** A buffer's bytes as characters, without the argument handling of `toString`. */
export function latin1(buffer: Buffer, start = 0, end = buffer.length): string {
  return (buffer as Buffer & { latin1Slice(start: number, end: number): string }).latin1Slice(start, end)
}
