import type { ServerResponse } from 'node:http'
import type { Exchange, InFlightRequest, Log, RequestRecord } from '@drawbridge/plugin-kit'
import { isEventStream } from './event-streams.ts'
import { findOverdue } from './overdue.ts'
import { type Thresholds, toError, type WatchedKind } from './thresholds.ts'
import type { TimeoutKind } from './timeout-kind.ts'
import { UploadMeter } from './upload-meter.ts'

/** What a watch needs from its route. */
export interface WatchedRoute {
  readonly host: string
  readonly thresholds: Thresholds
  readonly log: Log
  readonly inFlight: Iterable<InFlightRequest>
  readonly count: (kind: TimeoutKind) => void
}

/** The rest of an answer that the client has yet to take: bytes, and since when it is no less. */
interface Rest {
  readonly bytes: number
  readonly since: number
}

/** The requests of one route that are under way, looked at from time to time. */
export class RouteWatch {
  readonly #route: WatchedRoute
  readonly #meter: UploadMeter
  readonly #rests = new Map<RequestRecord, Rest>()

  constructor(route: WatchedRoute) {
    this.#route = route
    this.#meter = new UploadMeter(route.thresholds)
  }

  /** The request is over. */
  finish(record: RequestRecord): void {
    this.#forget(record)
    if (record.cause === 'DRAWBRIDGE_CORE_UPSTREAM_CONNECT_TIMEOUT') this.#route.count('connect')
  }

  /** Ends every request that has waited too long. `now` is monotonic milliseconds. */
  sweep(now: number): void {
    for (const { record, response } of this.#route.inFlight) {
      const { exchange } = record
      if (exchange === undefined || exchange.phase === 'done') this.#watchRest(record, response, now)
      // A tunnel may be quiet for as long as its ends like.
      else if (exchange.phase !== 'tunnel') this.#watchExchange(record, exchange, now)
    }
  }

  #watchExchange(record: RequestRecord, exchange: Exchange, now: number): void {
    const kind = this.#judge(record, exchange, now)
    // Core logs the failure, notes the cause, and answers or cuts the connection.
    if (kind !== undefined) exchange.fail(this.#end(record, kind))
  }

  #judge(record: RequestRecord, exchange: Exchange, now: number): WatchedKind | undefined {
    const { thresholds } = this.#route
    const overdue = findOverdue(exchange, now, thresholds)
    if (overdue !== undefined) return overdue
    if (exchange.phase !== 'sending' || exchange.waitingFor !== 'client') this.#meter.forget(record)
    else if (this.#meter.isTooSlow(record, now)) return 'upload_rate'
    return now - record.startedAt >= thresholds.totalMs && !isEventStream(record) ? 'total' : undefined
  }

  /** The backend has given all, or was not asked: what is left is for the client to take. */
  #watchRest(record: RequestRecord, response: ServerResponse, now: number): void {
    const isComplete = record.exchange === undefined ? response.writableEnded : response.headersSent
    // Without a socket the answer waits for its turn behind a pipelined one.
    if (!isComplete || response.socket === null) return
    const rest = this.#rests.get(record)
    if (rest === undefined || rest.bytes !== response.writableLength)
      this.#rests.set(record, { bytes: response.writableLength, since: now })
    else if (now - rest.since >= this.#route.thresholds.clientReadMs) this.#cut(record, response)
  }

  #cut(record: RequestRecord, response: ServerResponse): void {
    this.#forget(record)
    const { code, message } = this.#end(record, 'client_read')
    record.cause = code
    const facts = { request_id: record.requestId, host: this.#route.host, code }
    this.#route.log.warn(facts, `${message}; the answer was cut off`)
    response.destroy()
  }

  #end(record: RequestRecord, kind: WatchedKind): ReturnType<typeof toError> {
    this.#route.count(kind)
    record.note({ by: 'timeouts', what: 'timed-out', facts: { kind } })
    return toError(kind, this.#route.thresholds)
  }

  #forget(record: RequestRecord): void {
    this.#rests.delete(record)
    this.#meter.forget(record)
  }
}
