/** Where a conversation with a backend stands. `sending`: the body goes out; `waiting`: for the answer's head; `receiving`: its body. */
export type ExchangePhase = 'connecting' | 'sending' | 'waiting' | 'receiving' | 'tunnel' | 'done'

/** Who the gateway is waiting for. */
export type WaitingFor = 'client' | 'backend'

/** A running conversation with a backend, as plugins may watch it and end it. */
export interface Exchange {
  readonly phase: ExchangePhase
  /** While sending: for whom; while receiving: `client` when the client reads too slowly. */
  readonly waitingFor: WaitingFor
  /** Monotonic milliseconds of the last byte in either direction. */
  readonly lastProgressAt: number
  /** Monotonic milliseconds at which the conversation began. */
  readonly startedAt: number
  /** Ends the conversation: an error answer while nothing was sent to the client, else the connection is cut. */
  fail(error: Error): void
  /** The client's connection is gone, or its answer complete: nothing is to be done any more. Core calls it. */
  clientClosed(): void
}
