import { definePlugin } from '@drawbridge/plugin-kit'
import { greetingEdits } from './greeting.ts'
import { LimitsOptions } from './options.ts'

/** The manifest: what the gateway knows about this plugin. */
export const plugin = definePlugin({
  name: 'limits',
  key: 'limits',
  phase: 'respond',
  isOnByDefault: false,
  options: LimitsOptions,
  response: (options) => ({ headers: greetingEdits(options) }),
})

export default plugin.route
export { LimitsOptions } from './options.ts'
