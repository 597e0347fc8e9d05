import { mostSpecific, type Plugin, parsePathPattern } from '@drawbridge/plugin-kit'
import { makePlugin } from '../support/fixtures.ts'

class Forbidden extends Error {
  readonly statusCode = 403
}

/** Policy as any plugin would make it: refuses what matches one of the patterns, by the path that policy is decided on. */
export function pathGuard(patterns: readonly string[]): Plugin {
  const closed = patterns.flatMap((source) => parsePathPattern(source) ?? []).map((pattern) => ({ pattern }))
  return makePlugin({
    name: 'path-guard',
    phase: 'guard',
    wire(app) {
      app.addHook('onRequest', (request, _reply, done) => {
        const isClosed = mostSpecific(closed, request.gateway.policyPath) !== undefined
        done(isClosed ? new Forbidden('this path is closed') : undefined)
      })
    },
  })
}
