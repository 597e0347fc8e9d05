import { definePlugin } from '@drawbridge/plugin-kit'
import { greetingEdits } from './greeting.ts'
import { PrivacyOptions } from './options.ts'

/** The manifest: what the gateway knows about this plugin. */
export const plugin = definePlugin({
  name: 'privacy',
  key: 'privacy',
  phase: 'respond',
  isOnByDefault: false,
  options: PrivacyOptions,
  response: (options) => ({ headers: greetingEdits(options) }),
})

export default plugin.route
export { PrivacyOptions } from './options.ts'
