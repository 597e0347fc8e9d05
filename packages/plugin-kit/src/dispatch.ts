import type { Duplex } from 'node:stream'

/** The head of a backend's answer, before it goes to the client. */
export interface ResponseHead {
  readonly status: number
  /** Flat `[name, value, …]`, without hop-by-hop headers. */
  readonly headers: readonly string[]
  /** Declared length in bytes, or -1. */
  readonly contentLength: number
}

/** How the end of a backend's body is found (RFC 9112 6.3). */
export type Framing = 'none' | 'length' | 'chunked' | 'until-close'

/** A backend's answer head, read and judged: without hop-by-hop headers, its framing settled. */
export interface UpstreamHead extends ResponseHead {
  readonly headers: string[]
  readonly framing: Framing
  /** The connection may carry another request after this answer. */
  readonly isKeptAlive: boolean
  /** Milliseconds for which the backend says it keeps an idle connection (`Keep-Alive: timeout=`), or Infinity. */
  readonly keepAliveMs: number
}

/** A request for a backend. */
export interface UpstreamRequest {
  readonly method: string
  /** Origin form: begins with `/`. */
  readonly path: string
  /** Flat `[name, value, …]`, without framing and `Connection`. */
  readonly headers: readonly string[]
  readonly body: BodySource | undefined
  /** The protocol to upgrade to, or empty. */
  readonly upgrade: string
  /** It met a connection that had just closed: this time it goes over a new one. */
  readonly isRepeat: boolean
}

/** Where a request's body comes from. */
export interface BodySource {
  /** Its length in bytes, or -1: then it is sent chunked. */
  readonly bytes: number
  /** Begins to give; once per request that is sent. */
  start(sink: BodySink): void
  /** The sink takes more again after `write` returned false. */
  resume(): void
}

/** Where a request's body goes. */
export interface BodySink {
  /** False: take a pause until `resume`. */
  write(chunk: Buffer): boolean
  end(): void
}

/** The reins of a running request. */
export interface DispatchController {
  /** Stops reading the answer until `resume`. */
  pause(): void
  resume(): void
  /** Ends the request and its connection. No handler method is called afterwards. */
  abort(): void
}

/** Who hears of a request's fate. Exactly one of `onResponseEnd`, `onResponseError` and `onUpgrade` comes last, unless it was aborted. */
export interface DispatchHandler {
  /** The request goes out now; `isReused`: over a connection that was open before. */
  onRequestStart(controller: DispatchController, isReused: boolean): void
  onResponseStart(controller: DispatchController, head: UpstreamHead): void
  /** `chunk` is lent until the method returns: copy what you keep. */
  onResponseData(controller: DispatchController, chunk: Buffer): void
  onResponseEnd(controller: DispatchController, trailers: readonly string[]): void
  /** `isUnanswered`: not one byte of an answer had come. */
  onResponseError(error: Error, isUnanswered: boolean): void
  /** The backend switched protocols; `first` are bytes it sent behind its head. */
  onUpgrade(head: UpstreamHead, socket: Duplex, first: Buffer | undefined): void
}

/** Sends a request. The controller returned works before the request has a connection, too. */
export type Dispatch = (request: UpstreamRequest, handler: DispatchHandler) => DispatchController

/** Wraps a dispatch (retry, breaker). Interceptors are folded in the order of their plugins: the last one is outermost. */
export type Interceptor = (dispatch: Dispatch) => Dispatch
