import { definePlugin } from '@drawbridge/plugin-kit'
import { greetingEdits } from './greeting.ts'
import { LogPrivacyOptions } from './options.ts'

/** The manifest: what the gateway knows about this plugin. */
export const plugin = definePlugin({
  name: 'log-privacy',
  key: 'logging',
  phase: 'respond',
  isOnByDefault: false,
  options: LogPrivacyOptions,
  response: (options) => ({ headers: greetingEdits(options) }),
})

export default plugin.route
export { LogPrivacyOptions } from './options.ts'
