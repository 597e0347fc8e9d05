import { definePlugin } from '@drawbridge/plugin-kit'
import { greetingEdits } from './greeting.ts'
import { AccessLogOptions } from './options.ts'

/** The manifest: what the gateway knows about this plugin. */
export const plugin = definePlugin({
  name: 'access-log',
  key: 'access_log',
  phase: 'respond',
  isOnByDefault: false,
  options: AccessLogOptions,
  response: (options) => ({ headers: greetingEdits(options) }),
})

export default plugin.route
export { AccessLogOptions } from './options.ts'
