import { type IncomingMessage, METHODS, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type {
  DispatchController,
  DispatchHandler,
  Exchange,
  ExchangePhase,
  RequestRecord,
  UpstreamHead,
  WaitingFor,
} from '@drawbridge/plugin-kit'
import type { FastifyReply } from 'fastify'
import type { Answer, AnswerObserver } from './answer.ts'
import { stripBasePath } from './base-path.ts'
import { ClaimedAnswer } from './claimed-answer.ts'
import { DirectAnswer } from './direct-answer.ts'
import { toUpstreamError } from './errors.ts'
import type { ForwardPlan } from './forward-plan.ts'
import { formatSwitchingHead, sendEarlyHints } from './interim-heads.ts'
import { lingerAfterAnswer } from './lingering-close.ts'
import { isRepeatable } from './repeat.ts'
import { type BodyObserver, RequestBody } from './request-body.ts'
import { buildRequestHeaders } from './request-headers.ts'
import { Tunnel } from './tunnel.ts'

/** What the front knows about the connection of an upgrade request. */
export interface UpgradeSocket {
  readonly socket: Duplex
  /** Bytes that came right behind the request's head. */
  readonly head: Buffer
  /** Leaves the socket to whoever reads it from now on. */
  release(): void
}

/** The parties of one exchange. */
export interface Parties {
  readonly record: RequestRecord
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly reply: FastifyReply
  readonly upgrade: UpgradeSocket | undefined
  /** What the backend is asked for: path and query. */
  readonly path: string
}

/**
 * One request's conversation with the backend. It is the dispatch handler and the plugins' `Exchange` at once: a class
 * with methods instead of closures, because one is made per request.
 */
export class ForwardExchange implements Exchange, BodyObserver, DispatchHandler, AnswerObserver {
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
  #answer: Answer | undefined
  #tunnel: Tunnel | undefined

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
    const { record, path } = this.#parties
    record.attempts += 1
    this.#controller = this.#plan.dispatch(
      {
        path,
        method: record.method,
        headers: this.#headers,
        body: this.#body,
        upgrade: record.upgrade,
        isRepeat: record.attempts > 1,
      },
      this,
    )
  }

  // --- plugins -------------------------------------------------------------------------------------------------------

  fail(error: Error): void {
    if (this.phase === 'done') return
    if (this.#tunnel !== undefined) return this.#cutTunnel(this.#tunnel, error)
    this.#answerError(error)
    this.#controller?.abort()
  }

  // --- the client's side ---------------------------------------------------------------------------------------------

  bodyStarted(): void {
    const { record, response } = this.#parties
    if (record.expectsContinue) response.writeContinue()
  }

  bodyReceived(bytes: number): void {
    const { record } = this.#parties
    // What was peeked at is counted already.
    if (bytes > record.requestBodyBytes) record.requestBodyBytes = bytes
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
    this.#answer?.abandon(new Error('the client left'))
    this.#controller?.abort()
  }

  /** The client has taken what was waiting for it. */
  clientReady(): void {
    // Behind the end of the answer the connection may carry another request, whose pauses are not ours to end.
    if (this.phase !== 'receiving') return
    this.waitingFor = 'backend'
    this.lastProgressAt = this.#plan.clock.now()
    this.#controller?.resume()
  }

  // --- the backend's side: the dispatch handler ----------------------------------------------------------------------

  onRequestStart(controller: DispatchController, isReused: boolean): void {
    this.#controller = controller
    this.#isReused = isReused
    this.phase = this.#body === undefined ? 'waiting' : 'sending'
    this.waitingFor = this.#body === undefined ? 'backend' : 'client'
    this.lastProgressAt = this.#plan.clock.now()
  }

  onResponseStart(_controller: DispatchController, head: UpstreamHead): void {
    if (this.phase === 'done') return
    const { record, reply, response } = this.#parties
    this.lastProgressAt = this.#plan.clock.now()
    if (head.status < 200) {
      // 102 means nothing to a client; 100 is answered by this gateway itself.
      if (head.status === 103 && record.httpVersion === '1.1') sendEarlyHints(response, head.headers)
      return
    }
    this.phase = 'receiving'
    this.waitingFor = 'backend'
    record.answeredAt = this.lastProgressAt
    for (const part of this.#plan.replacers) {
      const error = part.replace?.(head, record)
      if (error !== undefined) return this.fail(error)
    }
    if (this.#plan.basePath !== undefined) stripBasePath(head.headers, this.#plan.basePath, record.hostHeader)
    if (this.#plan.claimers.some((part) => part.claimsBody?.(head, record) === true)) {
      this.#answer = new ClaimedAnswer({ reply, record, observer: this }, head)
      return
    }
    this.#plan.editResponse?.(head.headers, record, head.status)
    this.#answer = new DirectAnswer({ response, record, observer: this }, head)
  }

  onResponseData(controller: DispatchController, chunk: Buffer): void {
    if (this.phase === 'done') return
    const { record } = this.#parties
    this.lastProgressAt = this.#plan.clock.now()
    record.responseBodyBytes += chunk.length
    const limit = record.responseBodyLimit
    if (limit !== undefined && record.responseBodyBytes > limit.maxBytes)
      return this.fail(limit.error(record.responseBodyBytes))
    if (this.#answer?.write(chunk) !== false) return
    controller.pause()
    this.waitingFor = 'client'
  }

  onResponseEnd(_controller: DispatchController, trailers: readonly string[]): void {
    if (this.phase === 'done') return
    const { request, response } = this.#parties
    this.phase = 'done'
    this.#body?.discard()
    lingerAfterAnswer(request, response)
    this.#answer?.end(trailers)
  }

  onResponseError(error: Error, isUnanswered: boolean): void {
    if (this.phase === 'done') return
    const isStale = isUnanswered && this.#isReused && this.#body === undefined
    if (isStale && isRepeatable(this.#parties.record, error)) {
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
    record.answeredAt = this.#plan.clock.now()
    record.status = head.status
    this.#plan.editResponse?.(head.headers, record, head.status)
    response.detachSocket(upgrade.socket as never)
    upgrade.release()
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
    this.#tunnel = tunnel
    this.#plan.tunnels.add(tunnel)
  }

  // --- failing -------------------------------------------------------------------------------------------------------

  #answerError(error: Error & { code?: string }): void {
    const { record, reply, response } = this.#parties
    const canAnswer = this.#answer?.isReplaceable ?? !response.headersSent
    this.phase = 'done'
    this.#body?.discard()
    record.cause = error.code ?? 'DRAWBRIDGE_CORE_FAILED'
    this.#log(error, canAnswer)
    this.#answer?.abandon(error)
    if (canAnswer) reply.send(error)
    else response.destroy()
  }

  /** Behind a 101 there is nothing left to answer with. */
  #cutTunnel(tunnel: Tunnel, error: Error & { code?: string }): void {
    this.#parties.record.cause = error.code ?? 'DRAWBRIDGE_CORE_FAILED'
    this.#log(error, false)
    tunnel.destroy()
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

/** Every method a route passes on: all that Node parses, WebDAV and QUERY among them, but CONNECT, which asks for a tunnel. */
export const FORWARDED_METHODS: readonly string[] = METHODS.filter((method) => method !== 'CONNECT')
