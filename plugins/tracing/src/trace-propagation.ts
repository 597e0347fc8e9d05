import type { RequestRecord } from '@drawbridge/plugin-kit'
import { joinedHeader } from './joined-header.ts'
import type { TracingOptions } from './options.ts'
import { continueTrace, startTrace } from './trace-context.ts'

/** W3C Trace Context 3.3.1.5 asks for at least this many characters to be passed on. */
const MAX_TRACESTATE = 512
const PRINTABLE = /^[\t\x20-\x7e]+$/

/**
 * Decides which trace the backend is told of. A request without a `traceparent` gets none: the backend may then sample by its own
 * rules, which a `not sampled` of ours would forbid.
 */
export function createPropagator({ accept_traceparent }: TracingOptions): (record: RequestRecord) => void {
  const isFromAnyone = accept_traceparent === 'any'
  return (record) => {
    const sent = joinedHeader(record.rawHeaders, 'traceparent')
    if (sent === '') return
    const isAccepted = isFromAnyone || record.isTrustedPeer
    const continued = isAccepted ? continueTrace(sent) : undefined
    if (continued === undefined) {
      record.traceparent = startTrace()
      record.note({ by: 'tracing', what: 'trace-restarted', facts: { reason: isAccepted ? 'malformed' : 'untrusted' } })
      return
    }
    record.traceparent = continued
    const state = joinedHeader(record.rawHeaders, 'tracestate')
    if (state.length <= MAX_TRACESTATE && PRINTABLE.test(state)) record.tracestate = state
  }
}
