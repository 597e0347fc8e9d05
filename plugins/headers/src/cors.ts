import { type HeaderEdit, headerValue, type RequestRecord } from '@drawbridge/plugin-kit'
import type { FastifyReply } from 'fastify'
import { asList } from './as-list.ts'
import type { CorsOptions, HeadersOptions } from './options.ts'
import { compileOrigins } from './origins.ts'
import { presetCors } from './presets.ts'

const TOKENS = /^[\w!#$%&'*+.^`|~-]+(?:[\t ]*,[\t ]*[\w!#$%&'*+.^`|~-]+)*$/

/** CORS of one route, made ready. */
export interface Cors {
  /** What every answer gets, preflights included. */
  readonly edits: readonly HeaderEdit[]
  /** Adds what only the answer to a preflight has. */
  addToPreflight(reply: FastifyReply, record: RequestRecord): void
}

/** Compiles what a route says about CORS; its own `cors` stands in for that of its presets. `undefined` when it says nothing. */
export function compileCors(options: HeadersOptions): Cors | undefined {
  const cors = options.cors ?? presetCors(options)
  if (cors === undefined) return undefined
  const originFor = originFunction(cors)
  const methods = asList(cors.methods).join(', ')
  const headersFor = headersFunction(cors)
  const maxAge = String(Math.floor(cors.max_age / 1000))
  return {
    edits: options.cors === undefined ? presetEdits(cors) : ownEdits(cors, originFor),
    addToPreflight(reply, record) {
      if (originFor(record) === '') return
      reply.header('access-control-allow-methods', methods)
      const headers = headersFor(record)
      if (headers !== '') reply.header('access-control-allow-headers', headers)
      reply.header('access-control-max-age', maxAge)
    },
  }
}

/** A preset speaks only where the application says nothing. */
function presetEdits({ expose }: CorsOptions): HeaderEdit[] {
  return [
    { operation: 'default', name: 'Access-Control-Allow-Origin', value: '*' },
    { operation: 'default', name: 'Access-Control-Expose-Headers', value: asList(expose).join(', ') },
  ]
}

/** What a route says itself replaces what the application says: two answers to one question are none for a browser. */
function ownEdits({ origins, credentials, expose }: CorsOptions, originFor: OriginFunction): HeaderEdit[] {
  const isOpenToAll = asList(origins).includes('*')
  const edits: HeaderEdit[] = [
    { operation: 'set', name: 'Access-Control-Allow-Origin', value: isOpenToAll ? '*' : originFor },
    credentials
      ? {
          operation: 'set',
          name: 'Access-Control-Allow-Credentials',
          value: (record) => (originFor(record) === '' ? '' : 'true'),
        }
      : { operation: 'remove', name: 'Access-Control-Allow-Credentials' },
  ]
  if (!isOpenToAll) edits.push({ operation: 'merge', name: 'Vary', value: 'Origin' })
  const exposed = asList(expose).join(', ')
  if (exposed !== '') edits.push({ operation: 'set', name: 'Access-Control-Expose-Headers', value: exposed })
  return edits
}

/** The `Access-Control-Allow-Origin` for a request; empty when its origin is not allowed, or it names none. */
type OriginFunction = (record: RequestRecord) => string

function originFunction({ origins }: CorsOptions): OriginFunction {
  const list = asList(origins)
  if (list.includes('*')) return () => '*'
  const isAllowed = compileOrigins(list)
  return ({ rawHeaders }) => {
    const origin = headerValue(rawHeaders, 'origin') ?? ''
    return isAllowed(origin) ? origin : ''
  }
}

/** With `*` what is asked for is sent back: the literal `*` covers neither `Authorization` nor requests with cookies. */
function headersFunction({ headers }: CorsOptions): (record: RequestRecord) => string {
  const list = asList(headers)
  if (!list.includes('*')) return () => list.join(', ')
  return ({ rawHeaders }) => {
    const asked = headerValue(rawHeaders, 'access-control-request-headers') ?? ''
    return TOKENS.test(asked) ? asked : ''
  }
}
