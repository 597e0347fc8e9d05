import type { Redactor } from './redactor.ts'
import type { Decision, RequestRecord } from './request-record.ts'

/** What a finished request's entry is made with, besides its record. */
export interface EntryContext {
  readonly redactor: Redactor
  readonly routeId: number
  /** Milliseconds since the epoch at which the request ended. */
  readonly endedAt: number
  /** Monotonic milliseconds at which it ended. */
  readonly now: number
  /** Where the route sends its requests; empty for the default answer. */
  readonly backend: string
}

/**
 * A finished request without secrets and unmasked personal data: what every sink of finished requests gets instead of the record (log,
 * database, analytics, metrics). A class with every field present, so that the engine keeps one shape.
 */
export class RequestEntry {
  /** Milliseconds since the epoch at which the request's head was there. */
  readonly time: number
  readonly requestId: string
  readonly routeId: number
  /** First name of the route; empty for unknown hosts. */
  readonly routeHost: string
  /** The host asked for. */
  readonly host: string
  readonly method: string
  readonly path: string
  /** Without `?`. */
  readonly query: string
  readonly httpVersion: string
  readonly scheme: 'http' | 'https'
  /** 0 where the client left before there was one. */
  readonly status: number
  /** Milliseconds from the head of the request to the end of the answer. */
  readonly durationMs: number
  /** Milliseconds of it until the backend's answer began; all of it where it never did. */
  readonly waitMs: number
  readonly requestBytes: number
  readonly responseBytes: number
  /** Masked, for people. */
  readonly client: string
  /** Masked, for programs that want an address. */
  readonly clientAddress: string
  /** The client's pseudonym of the day, or empty. */
  readonly pseudonym: string
  readonly country: string
  readonly userAgent: string
  readonly referrer: string
  /** How often it was sent to a backend. */
  readonly attempts: number
  readonly backend: string
  /** Error code of the gateway's own answer or cut, or empty. */
  readonly cause: string
  readonly isAborted: boolean
  /** `websocket`, or empty. */
  readonly upgrade: string
  readonly decisions: readonly Decision[] | undefined

  constructor(record: RequestRecord, { redactor, routeId, endedAt, now, backend }: EntryContext) {
    const queryStart = record.target.indexOf('?')
    this.durationMs = now - record.startedAt
    this.waitMs = record.answeredAt === 0 ? this.durationMs : record.answeredAt - record.startedAt
    this.time = endedAt - this.durationMs
    this.requestId = record.requestId
    this.routeId = routeId
    this.routeHost = record.routeHost
    // A host that is not ours is a client's text.
    this.host = record.routeHost === '' ? redactor.text(record.host) : record.host
    this.method = record.method
    this.path = redactor.path(record.path)
    this.query = queryStart === -1 ? '' : redactor.query(record.target.slice(queryStart + 1))
    this.httpVersion = record.httpVersion
    this.scheme = record.scheme
    this.status = record.status
    this.requestBytes = record.requestBodyBytes
    this.responseBytes = record.responseBodyBytes
    this.client = redactor.address(record.clientAddress)
    this.clientAddress = redactor.parsableAddress(record.clientAddress)
    this.pseudonym = redactor.pseudonym(record.clientAddress)
    this.country = record.country
    this.userAgent = record.userAgent === '' ? '' : redactor.header('user-agent', record.userAgent)
    this.referrer = record.referrer === '' ? '' : redactor.referrer(record.referrer)
    this.attempts = record.attempts
    this.backend = backend
    this.cause = record.cause
    this.isAborted = record.isAborted
    this.upgrade = record.upgrade
    this.decisions = record.decisions
  }
}
