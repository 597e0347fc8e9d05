import type { ServerResponse } from 'node:http'
import { dropHeader, type RequestRecord, type UpstreamHead } from '@drawbridge/plugin-kit'
import type { Answer, AnswerObserver } from './answer.ts'
import { ChunkCopies } from './chunk-copies.ts'
import { latin1 } from './response-parser.ts'

/** Bodies up to this many bytes leave together with their head in one write: −16 % CPU per request. */
const ONE_WRITE_BYTES = 16_384

/** Whom an answer is for. */
export interface AnswerParties {
  readonly response: ServerResponse
  readonly record: RequestRecord
  readonly observer: AnswerObserver
}

/** The fast way: the answer goes straight to the raw response, a short one in a single write. */
export class DirectAnswer implements Answer {
  readonly #parties: AnswerParties
  readonly #head: UpstreamHead
  #isHeadSent = false
  #isOver = false
  /** The first chunk as latin1 text, a byte a character: text is what Node joins with the head. */
  #held: string | undefined
  #copies: ChunkCopies | undefined

  constructor(parties: AnswerParties, head: UpstreamHead) {
    this.#parties = parties
    this.#head = head
    // A short body of known length is worth waiting for; any other head must not wait for its body (SSE, long polls).
    const isShort = head.contentLength >= 0 && head.contentLength <= ONE_WRITE_BYTES
    if (!isShort && this.#mayHaveBody) process.nextTick(flush, this)
  }

  get isReplaceable(): boolean {
    return !this.#parties.response.headersSent
  }

  write(chunk: Buffer): boolean {
    if (!this.#isHeadSent && this.#held === undefined && this.#mayHold(chunk)) {
      this.#held = latin1(chunk)
      return true
    }
    this.#sendHeld()
    const { response, observer } = this.#parties
    this.#copies ??= new ChunkCopies()
    if (this.#copies.write(response, chunk)) return true
    // Once is enough: one read may hold many chunks.
    if (response.listenerCount('drain') === 0) response.once('drain', () => observer.clientReady())
    return false
  }

  end(trailers: readonly string[]): void {
    const { response } = this.#parties
    this.#isOver = true
    if (trailers.length > 0) {
      this.#sendHeld()
      // Only a chunked answer has room for trailers (RFC 9110 6.5).
      if (response.chunkedEncoding) response.addTrailers(toPairs(trailers))
    }
    const held = this.#held
    this.#held = undefined
    if (!this.#isHeadSent) this.#sendHead(held?.length ?? 0)
    if (held === undefined) response.end()
    else response.end(held, 'latin1')
  }

  abandon(): void {
    this.#isOver = true
    this.#held = undefined
    if (!this.isReplaceable) this.#parties.response.destroy()
  }

  /** Sends what is held back, be it only the head. */
  flush(): void {
    if (this.#isOver) return
    this.#sendHeld()
    this.#parties.response.flushHeaders()
  }

  #sendHeld(): void {
    if (!this.#isHeadSent) this.#sendHead(-1)
    if (this.#held === undefined) return
    this.#parties.response.write(this.#held, 'latin1')
    this.#held = undefined
  }

  /** `completeBytes` is the length of the whole body when it is known now, else -1. */
  #sendHead(completeBytes: number): void {
    const { response, record } = this.#parties
    const { status, headers, contentLength, framing } = this.#head
    this.#isHeadSent = true
    record.status = status
    if (completeBytes >= 0 && contentLength === -1 && this.#mayHaveBody)
      headers.push('Content-Length', String(completeBytes))
    // Node throws at a `Trailer` where there is no room for trailers.
    if (framing === 'chunked' && (completeBytes >= 0 || record.httpVersion !== '1.1')) dropHeader(headers, 'trailer')
    response.writeHead(status, headers)
  }

  #mayHold(chunk: Buffer): boolean {
    const { contentLength } = this.#head
    return chunk.length <= ONE_WRITE_BYTES && (contentLength === -1 || contentLength === chunk.length)
  }

  get #mayHaveBody(): boolean {
    const { status } = this.#head
    return status !== 204 && status !== 304 && this.#parties.record.method !== 'HEAD'
  }
}

function flush(answer: DirectAnswer): void {
  answer.flush()
}

function toPairs(flat: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i] as string, flat[i + 1] as string])
  return pairs
}
