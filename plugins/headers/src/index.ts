import { definePlugin } from '@drawbridge/plugin-kit'
import { greetingEdits } from './greeting.ts'
import { HeadersOptions } from './options.ts'

/** The manifest: what the gateway knows about this plugin. */
export const plugin = definePlugin({
  name: 'headers',
  key: 'headers',
  phase: 'respond',
  isOnByDefault: false,
  options: HeadersOptions,
  response: (options) => ({ headers: greetingEdits(options) }),
})

export default plugin.route
export { HeadersOptions } from './options.ts'
