import { definePlugin } from '@drawbridge/plugin-kit'
import { greetingEdits } from './greeting.ts'
import { TimeoutsOptions } from './options.ts'

/** The manifest: what the gateway knows about this plugin. */
export const plugin = definePlugin({
  name: 'timeouts',
  key: 'timeouts',
  phase: 'respond',
  isOnByDefault: false,
  options: TimeoutsOptions,
  response: (options) => ({ headers: greetingEdits(options) }),
})

export default plugin.route
export { TimeoutsOptions } from './options.ts'
