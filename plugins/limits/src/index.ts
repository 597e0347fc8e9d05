import { definePlugin } from '@drawbridge/plugin-kit'
import { applyLimits, refuseResponse } from './apply-limits.ts'
import { compileLimits } from './limit-set.ts'
import { LimitsOptions } from './options.ts'
import { PRESETS } from './presets.ts'

/** The manifest: what the gateway knows about this plugin. */
export const plugin = definePlugin({
  name: 'limits',
  key: 'limits',
  phase: 'guard',
  isOnByDefault: true,
  options: LimitsOptions,
  presets: PRESETS,
  wire(app, options) {
    const findLimits = compileLimits(options)
    app.addHook('onRequest', (request, _reply, done) => {
      const record = request.gateway
      done(applyLimits(record, findLimits(record.policyPath)))
    })
  },
  response: (options) => (limitsResponses(options) ? { replace: refuseResponse } : {}),
})

export default plugin.route
export { LimitsOptions } from './options.ts'

function limitsResponses({ max_response_body, paths }: LimitsOptions): boolean {
  return [max_response_body, ...paths.map((entry) => entry.max_response_body)].some((max) => max !== undefined)
}
