import { definePlugin } from '@drawbridge/plugin-kit'
import { greetingEdits } from './greeting.ts'
import { AuditOptions } from './options.ts'

/** The manifest: what the gateway knows about this plugin. */
export const plugin = definePlugin({
  name: 'audit',
  key: 'audit',
  phase: 'respond',
  isOnByDefault: false,
  options: AuditOptions,
  response: (options) => ({ headers: greetingEdits(options) }),
})

export default plugin.route
export { AuditOptions } from './options.ts'
