import { headerValue, type RequestRecord } from '@drawbridge/plugin-kit'
import type { onRequestHookHandler } from 'fastify'
import type { Cors } from './cors.ts'

/**
 * Makes the hook that answers preflights (Fetch standard, CORS-preflight request) with 204. What all answers get
 * (`Access-Control-Allow-Origin`) comes from the route's edits. Other requests, other OPTIONS too, go on.
 */
export function answerPreflights(cors: Cors | undefined): onRequestHookHandler {
  return (request, reply, done) => {
    const record = request.gateway
    if (record.method !== 'OPTIONS' || !isPreflight(record)) return done()
    record.note({ by: 'headers', what: 'preflight-answered' })
    cors?.addToPreflight(reply, record)
    reply.code(204).send()
  }
}

function isPreflight({ rawHeaders }: RequestRecord): boolean {
  const isAsking = headerValue(rawHeaders, 'access-control-request-method') !== undefined
  return isAsking && headerValue(rawHeaders, 'origin') !== undefined
}
