import { type IncomingMessage, METHODS, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import {
  type DispatchController,
  type DispatchHandler,
  dropHeader,
  type Exchange,
  type ExchangePhase,
  type RequestRecord,
  type UpstreamHead,
  type WaitingFor,
} from '@drawbridge/plugin-kit'
import type { FastifyReply } from 'fastify'
import { ChunkCopies } from './chunk-copies.ts'
import { ClaimedBody } from './claimed-body.ts'
import { toUpstreamError } from './errors.ts'
import type { ForwardPlan } from './forward-plan.ts'
import { lingerAfterAnswer } from './lingering-close.ts'
import { type BodyObserver, RequestBody } from './request-body.ts'
import { buildRequestHeaders } from './request-headers.ts'
import { latin1 } from './response-parser.ts'
import { Tunnel } from './tunnel.ts'

/** Bodies up to this many bytes leave together with their head in one write: −16 % CPU per request. */
const ONE_WRITE_BYTES = 16_384

const IDEMPOTENT = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PUT',
  'DELETE',
  'PROPFIND',
  'SEARCH',
  'REPORT',
  'QUERY',
])
const CONNECTION_LOST = new Set(['DRAWBRIDGE_CORE_UPSTREAM_RESET', 'ECONNRESET', 'EPIPE'])

/** What the front knows about the connection of an upgrade request. */
export interface UpgradeSocket {
  readonly socket: Duplex
  /** Bytes that came right behind the request's head. */
  readonly head: Buffer
}

/** The parties of one exchange. */
export interface Parties {
  readonly record: RequestRecord
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly reply: FastifyReply
  readonly upgrade: UpgradeSocket | undefined
}

/**
 * One request's conversation with the backend. It is the dispatch handler and the plugins' `Exchange` at once: a class
 * with methods instead of closures, because one is made per request.
 */
export class ForwardExchange implements Exchange, BodyObserver, DispatchHandler {
  phase: ExchangePhase = 'connecting'
  waitingFor: WaitingFor = 'backend'
  readonly startedAt: number
  lastProgressAt: number

  readonly #plan: ForwardPlan
  readonly #parties: Parties
  #controller: DispatchController | undefined
  #headers: string[] = []
  #body: RequestBody | undefined
  #isReused = false
  #head: UpstreamHead | undefined
  #isHeadSent = false
  /** The first chunk as latin1 text: a byte is a character. */
  #held: string | undefined
  #slabs: ChunkCopies | undefined
  #claimed: ClaimedBody | undefined

  constructor(plan: ForwardPlan, parties: Parties) {
    this.#plan = plan
    this.#parties = parties
    this.startedAt = plan.clock.now()
    this.lastProgressAt = this.startedAt
    parties.record.exchange = this
  }

  /** Sends the request to the backend. */
  start(): void {
    const { record, request } = this.#parties
    this.#headers = buildRequestHeaders(record, this.#plan)
    this.#plan.editRequest?.(this.#headers, record)
    if (record.hasBody) {
      this.#body = new RequestBody(request, this, { bytes: record.declaredBodyBytes, limit: record.requestBodyLimit })
    }
    this.#dispatch()
  }

  #dispatch(): void {
    const { record, request } = this.#parties
    record.attempts += 1
    this.#controller = this.#plan.dispatch(
      {
        path: this.#plan.basePath === '' ? (request.url as string) : this.#plan.basePath + request.url,
        method: record.method,
        headers: this.#headers,
        body: this.#body,
        upgrade: record.upgrade,
      },
      this,
    )
  }

  // --- plugins -------------------------------------------------------------------------------------------------------

  fail(error: Error): void {
    if (this.phase === 'done') return
    this.#answerError(error)
    this.#controller?.abort()
  }

  // --- the client's side ---------------------------------------------------------------------------------------------

  bodyStarted(): void {
    const { record, response } = this.#parties
    if (record.expectsContinue) response.writeContinue()
  }

  bodyReceived(bytes: number): void {
    this.#parties.record.requestBodyBytes += bytes
    this.lastProgressAt = this.#plan.clock.now()
  }

  bodyStalled(isStalled: boolean): void {
    // While receiving, `waitingFor` speaks of the answer, even with a body still under way behind an early one.
    if (this.phase === 'sending') this.waitingFor = isStalled ? 'backend' : 'client'
    this.lastProgressAt = this.#plan.clock.now()
  }

  bodyComplete(): void {
    if (this.phase === 'sending') {
      this.phase = 'waiting'
      this.waitingFor = 'backend'
    }
    this.lastProgressAt = this.#plan.clock.now()
  }

  bodyRefused(error: Error): void {
    this.fail(error)
  }

  /** The client's connection is gone, or its answer is complete. */
  clientClosed(): void {
    if (this.phase === 'done' || this.phase === 'tunnel') return
    this.#parties.record.isAborted = true
    this.phase = 'done'
    this.#held = undefined
    this.#controller?.abort()
  }

  // --- the backend's side: the dispatch handler ----------------------------------------------------------------------

  onRequestStart(_controller: DispatchController, isReused: boolean): void {
    this.#isReused = isReused
    this.phase = this.#body === undefined ? 'waiting' : 'sending'
    this.waitingFor = this.#body === undefined ? 'backend' : 'client'
    this.lastProgressAt = this.#plan.clock.now()
  }

  onResponseStart(controller: DispatchController, head: UpstreamHead): void {
    if (this.phase === 'done') return
    const { record, response } = this.#parties
    this.lastProgressAt = this.#plan.clock.now()
    if (head.status < 200) {
      // 102 means nothing to a client; 100 is answered by this gateway itself.
      if (head.status === 103 && record.httpVersion === '1.1') sendEarlyHints(response, head.headers)
      return
    }
    this.phase = 'receiving'
    this.waitingFor = 'backend'
    for (const part of this.#plan.replacers) {
      const error = part.replace?.(head, record)
      if (error !== undefined) return this.fail(error)
    }
    this.#head = head
    if (this.#plan.claimers.some((part) => part.claimsBody?.(head, record) === true))
      return this.#claim(controller, head)
    this.#plan.editResponse?.(head.headers, record, head.status)
    // A short body of known length is worth waiting for; any other head must not wait for its body (SSE, long polls).
    const isShort = head.contentLength >= 0 && head.contentLength <= ONE_WRITE_BYTES
    if (!isShort && this.#mayHaveBody(head.status)) process.nextTick(flushHead, this)
  }

  onResponseData(controller: DispatchController, chunk: Buffer): void {
    if (this.phase === 'done') return
    const { record, response } = this.#parties
    this.lastProgressAt = this.#plan.clock.now()
    record.responseBodyBytes += chunk.length
    const limit = record.responseBodyLimit
    if (limit !== undefined && record.responseBodyBytes > limit.maxBytes)
      return this.fail(limit.error(record.responseBodyBytes))
    if (this.#claimed !== undefined) {
      if (!this.#claimed.push(Buffer.from(chunk))) this.#waitForClient(controller)
      return
    }
    if (!this.#isHeadSent && this.#held === undefined && this.#mayHold(chunk)) {
      this.#held = latin1(chunk)
      return
    }
    if (!this.#isHeadSent) this.#sendHead(-1)
    if (this.#held !== undefined) this.flush()
    this.#slabs ??= new ChunkCopies()
    // Once is enough: one read may hold many chunks.
    if (this.#slabs.write(response, chunk) || this.waitingFor === 'client') return
    this.#waitForClient(controller)
    response.once('drain', () => this.#goOn(controller))
  }

  onResponseEnd(_controller: DispatchController, trailers: readonly string[]): void {
    if (this.phase === 'done') return
    const { request, response } = this.#parties
    this.phase = 'done'
    this.#body?.discard()
    lingerAfterAnswer(request, response)
    if (this.#claimed !== undefined) {
      this.#claimed.push(null)
      return
    }
    if (trailers.length > 0) return this.#endWithTrailers(trailers)
    const held = this.#held
    this.#held = undefined
    if (!this.#isHeadSent) this.#sendHead(held?.length ?? 0)
    if (held === undefined) response.end()
    // Text is what Node joins with the head into one write to the socket.
    else response.end(held, 'latin1')
  }

  onResponseError(error: Error, isUnanswered: boolean): void {
    if (this.phase === 'done') return
    if (isUnanswered && this.#mayRepeat(error)) {
      this.phase = 'connecting'
      return this.#dispatch()
    }
    this.#answerError(toUpstreamError(error))
  }

  onUpgrade(head: UpstreamHead, backend: Duplex, first: Buffer | undefined): void {
    const { record, response, upgrade } = this.#parties
    if (upgrade === undefined || this.phase === 'done') {
      backend.destroy()
      return
    }
    this.phase = 'tunnel'
    record.status = head.status
    this.#plan.editResponse?.(head.headers, record, head.status)
    response.detachSocket(upgrade.socket as never)
    upgrade.socket.write(formatSwitchingHead(head.headers, record.upgrade), 'latin1')
    if (first !== undefined) upgrade.socket.write(first)
    if (upgrade.head.length > 0) backend.write(upgrade.head)
    record.responseBodyBytes += first?.length ?? 0
    record.requestBodyBytes += upgrade.head.length
    const tunnel = new Tunnel(upgrade.socket, backend, {
      bytes: (fromClient, bytes) => {
        if (fromClient) record.requestBodyBytes += bytes
        else record.responseBodyBytes += bytes
        this.lastProgressAt = this.#plan.clock.now()
      },
      closed: () => {
        this.phase = 'done'
        this.#plan.tunnels.delete(tunnel)
        // The response lost its socket to the tunnel: nobody else tells that this request is over.
        response.emit('close')
      },
    })
    this.#plan.tunnels.add(tunnel)
  }

  // --- answering -----------------------------------------------------------------------------------------------------

  /** Sends what is held back: the head, and the first chunk behind it. */
  flush(): void {
    if (this.phase === 'done') return
    const held = this.#held
    this.#held = undefined
    if (!this.#isHeadSent) this.#sendHead(-1)
    if (held !== undefined) this.#parties.response.write(held, 'latin1')
    else this.#parties.response.flushHeaders()
  }

  #endWithTrailers(trailers: readonly string[]): void {
    const { response } = this.#parties
    if (!this.#isHeadSent) this.#sendHead(-1)
    if (this.#held !== undefined) response.write(this.#held, 'latin1')
    // Only a chunked answer has room for trailers (RFC 9110 6.5).
    if (response.chunkedEncoding) response.addTrailers(toPairs(trailers))
    response.end()
  }

  /** `completeBytes` is the length of the whole body when it is known now, else -1. */
  #sendHead(completeBytes: number): void {
    const head = this.#head
    if (head === undefined) return
    this.#isHeadSent = true
    const { record, response } = this.#parties
    record.status = head.status
    if (completeBytes >= 0 && head.contentLength === -1 && this.#mayHaveBody(head.status))
      head.headers.push('Content-Length', String(completeBytes))
    // Node throws at a `Trailer` where there is no room for trailers.
    if (head.framing === 'chunked' && (completeBytes >= 0 || record.httpVersion !== '1.1'))
      dropHeader(head.headers, 'trailer')
    response.writeHead(head.status, head.headers)
  }

  #mayHold(chunk: Buffer): boolean {
    const contentLength = this.#head?.contentLength ?? -1
    if (contentLength !== -1) return chunk.length === contentLength && chunk.length <= ONE_WRITE_BYTES
    return chunk.length <= ONE_WRITE_BYTES
  }

  #mayHaveBody(status: number): boolean {
    return status !== 204 && status !== 304 && this.#parties.record.method !== 'HEAD'
  }

  #waitForClient(controller: DispatchController): void {
    controller.pause()
    this.waitingFor = 'client'
  }

  /** The client has taken what was waiting for it. */
  #goOn(controller: DispatchController): void {
    // Behind the end of the answer the connection may carry another request, whose pauses are not ours to end.
    if (this.phase !== 'receiving') return
    this.waitingFor = 'backend'
    this.lastProgressAt = this.#plan.clock.now()
    controller.resume()
  }

  /** The general way: Fastify sends the body, so that `onSend` hooks can change it. */
  #claim(controller: DispatchController, head: UpstreamHead): void {
    const { reply, record } = this.#parties
    record.status = head.status
    this.#isHeadSent = true
    this.#claimed = new ClaimedBody(() => this.#goOn(controller))
    reply.code(head.status)
    for (const [name, values] of grouped(head.headers)) reply.header(name, values.length === 1 ? values[0] : values)
    reply.send(this.#claimed)
  }

  // --- failing -------------------------------------------------------------------------------------------------------

  /**
   * RFC 9112 9.3.1: a kept-alive connection may be closed just as it is used again. Only then, only before any byte of an
   * answer, and only what can be repeated without harm is sent once more.
   */
  #mayRepeat(error: Error & { code?: string }): boolean {
    const { record } = this.#parties
    return (
      this.#isReused &&
      record.attempts === 1 &&
      this.#body === undefined &&
      record.upgrade === '' &&
      IDEMPOTENT.has(record.method) &&
      CONNECTION_LOST.has(error.code ?? '')
    )
  }

  #answerError(error: Error & { code?: string }): void {
    const { record, reply, response } = this.#parties
    const canAnswer = !response.headersSent && this.#claimed === undefined
    this.phase = 'done'
    this.#held = undefined
    this.#body?.discard()
    record.cause = error.code ?? 'DRAWBRIDGE_CORE_FAILED'
    this.#log(error, canAnswer)
    if (this.#claimed !== undefined) this.#claimed.destroy(error)
    if (canAnswer) reply.send(error)
    // Bytes have gone out: a clean end would pass a cut answer off as a whole one.
    else response.destroy()
  }

  #log(error: Error & { code?: string }, isAnswered: boolean): void {
    const { record } = this.#parties
    const cause = error.cause instanceof Error ? error.cause : undefined
    this.#plan.log.warn(
      {
        request_id: record.requestId,
        host: this.#plan.routeHost,
        backend: this.#plan.backendSource,
        code: error.code,
        cause: (cause as { code?: string } | undefined)?.code ?? cause?.message,
      },
      isAnswered ? error.message : `${error.message}; the answer was cut off`,
    )
  }
}

function flushHead(exchange: ForwardExchange): void {
  exchange.flush()
}

/** Values by lower-case name: Fastify keeps one entry a name. */
function grouped(headers: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase()
    const values = groups.get(name)
    if (values === undefined) groups.set(name, [headers[i + 1] as string])
    else values.push(headers[i + 1] as string)
  }
  return groups
}

function toPairs(flat: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i] as string, flat[i + 1] as string])
  return pairs
}

/** Written by hand: `writeEarlyHints` throws at links that are fine (RFC 8288), such as two in one header. */
function sendEarlyHints({ socket }: ServerResponse, headers: readonly string[]): void {
  let links = ''
  for (let i = 0; i < headers.length; i += 2) {
    if ((headers[i] as string).toLowerCase() === 'link') links += `Link: ${headers[i + 1]}\r\n`
  }
  if (links !== '') socket?.write(`HTTP/1.1 103 Early Hints\r\n${links}\r\n`, 'latin1')
}

function formatSwitchingHead(headers: readonly string[], protocol: string): string {
  let text = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n`
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`
  return `${text}\r\n`
}

/** Every method a route passes on: all that Node parses, WebDAV and QUERY among them, but CONNECT, which asks for a tunnel. */
export const FORWARDED_METHODS: readonly string[] = METHODS.filter((method) => method !== 'CONNECT')
