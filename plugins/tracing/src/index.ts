import { definePlugin } from '@drawbridge/plugin-kit'
import { greetingEdits } from './greeting.ts'
import { TracingOptions } from './options.ts'

/** The manifest: what the gateway knows about this plugin. */
export const plugin = definePlugin({
  name: 'tracing',
  key: 'tracing',
  phase: 'respond',
  isOnByDefault: false,
  options: TracingOptions,
  response: (options) => ({ headers: greetingEdits(options) }),
})

export default plugin.route
export { TracingOptions } from './options.ts'
