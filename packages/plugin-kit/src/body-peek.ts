import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from './clock.ts'
import type { Exchange, ExchangePhase, WaitingFor } from './exchange.ts'
import type { RequestRecord } from './request-record.ts'

/** The request whose body is wanted. */
export interface PeekedRequest {
  /** The host's, by which timeouts are measured. */
  readonly clock: Clock
  readonly record: RequestRecord
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** Gets the first bytes of the body, and whether that is all of it; or the reason to refuse the request: too large, too slow. */
export type PeekListener = (error: Error | undefined, body: Buffer, isWhole: boolean) => void

const NOTHING = Buffer.alloc(0)

/**
 * Reads at most about `maxBytes` (and what came with the last of them) of a request's body before anything else does, and puts them
 * back: whoever reads next, another peek or the forwarder, gets the same bytes. Meanwhile the request has an `Exchange` that waits for its client,
 * so that timeouts see it. Calls the listener once, at once where there is no body; never where the client leaves.
 */
export function peekBody(parts: PeekedRequest, maxBytes: number, listener: PeekListener): void {
  if (!parts.record.hasBody) return listener(undefined, NOTHING, true)
  new BodyPeek(parts, maxBytes, listener).start()
}

class BodyPeek implements Exchange {
  phase: ExchangePhase = 'sending'
  readonly waitingFor: WaitingFor = 'client'
  readonly startedAt: number
  lastProgressAt: number

  readonly #parts: PeekedRequest
  readonly #maxBytes: number
  readonly #listener: PeekListener
  readonly #chunks: Buffer[] = []
  #bytes = 0
  readonly #read = () => this.#take()
  readonly #end = () => this.#finish(undefined)

  constructor(parts: PeekedRequest, maxBytes: number, listener: PeekListener) {
    this.#parts = parts
    this.#maxBytes = maxBytes
    this.#listener = listener
    this.startedAt = parts.clock.now()
    this.lastProgressAt = this.startedAt
  }

  start(): void {
    const { record, request, response } = this.#parts
    record.exchange = this
    if (record.expectsContinue) {
      record.expectsContinue = false
      response.writeContinue()
    }
    request.on('readable', this.#read).on('end', this.#end)
    // A client that leaves is seen by its response closing.
    request.on('error', ignore)
    this.#take()
  }

  fail(error: Error): void {
    this.#finish(error)
  }

  clientClosed(): void {
    this.phase = 'done'
  }

  #take(): void {
    if (this.phase === 'done') return
    const { clock, record, request } = this.#parts
    for (let chunk = request.read() as Buffer | null; chunk !== null; chunk = request.read() as Buffer | null) {
      this.#chunks.push(chunk)
      this.#bytes += chunk.length
      this.lastProgressAt = clock.now()
      record.requestBodyBytes = Math.max(record.requestBodyBytes, this.#bytes)
      const limit = record.requestBodyLimit
      if (limit !== undefined && this.#bytes > limit.maxBytes) return this.#finish(limit.error(this.#bytes))
      if (this.#bytes >= this.#maxBytes) return this.#finish(undefined)
    }
    if (this.#isWhole()) this.#finish(undefined)
  }

  /** Nothing may follow: putting bytes back works only before the end was announced. */
  #isWhole(): boolean {
    const { record, request } = this.#parts
    return this.#bytes === record.declaredBodyBytes || (request.complete && request.readableLength === 0)
  }

  #finish(error: Error | undefined): void {
    if (this.phase === 'done') return
    this.phase = 'done'
    const { record, request } = this.#parts
    record.exchange = undefined
    request.off('readable', this.#read).off('end', this.#end).off('error', ignore)
    const isWhole = this.#isWhole()
    const body = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks)
    if (error === undefined && body.length > 0) request.unshift(body)
    this.#listener(error, body, isWhole)
  }
}

function ignore(): void {}
