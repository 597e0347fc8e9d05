import { definePlugin } from '@drawbridge/plugin-kit'
import { checkOptions } from './check-options.ts'
import { LogPrivacyOptions } from './options.ts'
import { createRedactor } from './redactor.ts'

/** The manifest: what the gateway knows about this plugin. */
export const plugin = definePlugin({
  name: 'log-privacy',
  key: 'logging',
  phase: 'trace',
  isOnByDefault: true,
  options: LogPrivacyOptions,
  check: checkOptions,
  redactor: createRedactor,
})

export default plugin.route
export { LogPrivacyOptions } from './options.ts'
export { createRedactor } from './redactor.ts'
