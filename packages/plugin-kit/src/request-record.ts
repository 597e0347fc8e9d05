import type { Exchange } from './exchange.ts'

/** What a plugin saw or decided about a request; `explain` and the request log read these in order. */
export interface Decision {
  /** Name of the plugin, or `core`. */
  readonly by: string
  /** What was decided, kebab-case: `refused`, `request-id-replaced`, `early-answer`. */
  readonly what: string
  /** Facts without personal data: limits, names of rules. */
  readonly facts?: Readonly<Record<string, string | number | boolean>>
}

/** A bound on a streamed body. Made once per route, not per request. */
export interface BodyLimit {
  readonly maxBytes: number
  /** The error for a body of which `bytes` have been counted so far. */
  error(bytes: number): Error
}

/** What the front knows about a request when it arrives. */
export interface RequestFacts {
  readonly method: string
  readonly target: string
  readonly rawHeaders: readonly string[]
  readonly httpVersion: string
  readonly peerAddress: string
  readonly startedAt: number
}

/**
 * The one object per request into which everybody writes what they saw and decided. A class with every field present
 * from the start, so that the engine keeps one shape for the hot path.
 */
export class RequestRecord {
  readonly method: string
  /** The request target as it came, byte for byte (latin1). */
  readonly target: string
  readonly rawHeaders: readonly string[]
  readonly httpVersion: string
  /** Monotonic milliseconds at which the head was complete. */
  readonly startedAt: number

  /** Lower case, without port and trailing dot; empty when the request named none. */
  host = ''
  /** The first host name of the route that serves the request; empty for the default answer. */
  routeHost = ''
  /** The `Host` as the client wrote it, for forwarding. */
  hostHeader = ''
  /** The normalised path, with its case. */
  path = '/'
  /** `path` in lower case: what limits and access rules are matched on. */
  policyPath = '/'
  scheme: 'http' | 'https' = 'http'
  /** The address at the other end of the socket; an IPv4-mapped one unmapped. */
  readonly peerAddress: string
  /** The client's address: the peer's, or what trusted proxies say. Personal data: never into an answer or a log unmasked. */
  clientAddress: string
  isTrustedPeer = false
  /** Two-letter country code, or empty. */
  country = ''

  /** Sum over all headers of name + value + 4 bytes. */
  headerBytes = 0
  headerCount = 0
  /** Declared Content-Length; 0 without a body, -1 for a chunked one. */
  declaredBodyBytes = 0
  /** The client waits for `100 Continue`. */
  expectsContinue = false
  /** The `User-Agent` as it came, or empty. */
  userAgent = ''
  /** The `Referer` as it came, or empty. May hold secrets. */
  referrer = ''
  /** The protocol of an upgrade request in lower case (`websocket`), or empty. */
  upgrade = ''
  /** A reason to refuse found before any plugin ran; thrown after the trace phase, so that the refusal is traced. */
  refusal: Error | undefined = undefined

  /** Set by tracing. */
  requestId = ''
  /** The `traceparent` to send to the backend, or empty. */
  traceparent = ''
  /** The `tracestate` to send to the backend, or empty. */
  tracestate = ''

  /** What the forwarder enforces while bytes pass; set by limits. */
  requestBodyLimit: BodyLimit | undefined = undefined
  responseBodyLimit: BodyLimit | undefined = undefined
  /** The running conversation with the backend, once there is one. */
  exchange: Exchange | undefined = undefined

  /** Set once its answer is complete or broken off. */
  isFinished = false
  /** Monotonic milliseconds at which the backend's final answer began; 0 while it has not. */
  answeredAt = 0
  /** Status sent to the client; 0 while there is none. */
  status = 0
  requestBodyBytes = 0
  /** Of the backend's answer, or of the gateway's own where it answered by itself. */
  responseBodyBytes = 0
  /** How often the request was sent to a backend. */
  attempts = 0
  /** Why the gateway answered by itself or broke off: an error code, or empty. */
  cause = ''
  /** The client left before its answer was complete. */
  isAborted = false
  decisions: Decision[] | undefined = undefined

  constructor(facts: RequestFacts) {
    this.method = facts.method
    this.target = facts.target
    this.rawHeaders = facts.rawHeaders
    this.httpVersion = facts.httpVersion
    this.startedAt = facts.startedAt
    this.peerAddress = facts.peerAddress
    this.clientAddress = facts.peerAddress
  }

  /** Notes what was seen or decided. Facts must not hold personal data. */
  note(decision: Decision): void {
    this.decisions ??= []
    this.decisions.push(decision)
  }

  /** True when the client sends a body, of known length or chunked. */
  get hasBody(): boolean {
    return this.declaredBodyBytes !== 0
  }
}

/** Whether nobody knows whom a request is from: a trusted proxy does not say, and its address is everybody's behind it. */
export function isFromNobody({ isTrustedPeer, clientAddress, peerAddress }: RequestRecord): boolean {
  return isTrustedPeer && clientAddress === peerAddress
}
