import { definePlugin } from '@drawbridge/plugin-kit'
import { checkTimeouts } from './check-timeouts.ts'
import { createKeepAlive } from './client-keep-alive.ts'
import { noteEventStream } from './event-streams.ts'
import { TimeoutsOptions } from './options.ts'
import { toThresholds } from './thresholds.ts'
import { createTimeoutsService, type TimeoutsService } from './timeouts-service.ts'

const DEFAULT_IDLE_MS = 120_000

/** The manifest: what the gateway knows about this plugin. */
export const plugin = definePlugin({
  name: 'timeouts',
  key: 'timeouts',
  // Not `upstream`: a client may also refuse to take what the plugins in between answer.
  phase: 'trace',
  isOnByDefault: true,
  options: TimeoutsOptions,
  check: checkTimeouts,
  wire(app, options, host) {
    const service = host.service<TimeoutsService>(plugin)
    const { log, inFlight, routeHost } = host
    const watch = service.watch({ host: routeHost, thresholds: toThresholds(options), log, inFlight })
    if (options.idle !== undefined) {
      const keepAlive = createKeepAlive(options.idle)
      app.addHook('onRequest', (_request, reply, done) => {
        keepAlive(reply.raw)
        done()
      })
    }
    host.onFinish((record) => watch.finish(record))
    app.addHook('onClose', (_app, done) => {
      service.unwatch(watch)
      done()
    })
  },
  upstream: ({ connect, idle }) => ({ connectTimeoutMs: connect, keepAliveTimeoutMs: idle ?? DEFAULT_IDLE_MS }),
  response: ({ total }) => (total === undefined ? {} : { claimsBody: noteEventStream }),
  service: createTimeoutsService,
})

export default plugin.route
export { TimeoutsOptions } from './options.ts'
export { TIMEOUT_KINDS, type TimeoutKind } from './timeout-kind.ts'
export type { TimeoutCounts, TimeoutsService } from './timeouts-service.ts'
