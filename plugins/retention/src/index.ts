import { definePlugin } from '@drawbridge/plugin-kit'
import { greetingEdits } from './greeting.ts'
import { RetentionOptions } from './options.ts'

/** The manifest: what the gateway knows about this plugin. */
export const plugin = definePlugin({
  name: 'retention',
  key: 'data_retention',
  phase: 'respond',
  isOnByDefault: false,
  options: RetentionOptions,
  response: (options) => ({ headers: greetingEdits(options) }),
})

export default plugin.route
export { RetentionOptions } from './options.ts'
