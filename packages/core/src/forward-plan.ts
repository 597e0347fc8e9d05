import type { Clock, Dispatch, HeaderEditor, Log, ResponsePart } from '@drawbridge/plugin-kit'
import type { BasePath } from './base-path.ts'
import type { RequestHeaderPlan } from './request-headers.ts'
import type { Tunnel } from './tunnel.ts'

/** Everything about forwarding that one route decides once: the hot path only reads it. */
export interface ForwardPlan extends RequestHeaderPlan {
  readonly routeHost: string
  readonly backendSource: string
  readonly basePath: BasePath | undefined
  readonly dispatch: Dispatch
  readonly editRequest: HeaderEditor | undefined
  readonly editResponse: HeaderEditor | undefined
  /** The response parts that may replace an answer or claim its body. */
  readonly replacers: readonly ResponsePart[]
  readonly claimers: readonly ResponsePart[]
  readonly tunnels: Set<Tunnel>
  readonly clock: Clock
  readonly log: Log
}
