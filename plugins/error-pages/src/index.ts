import { definePlugin } from '@drawbridge/plugin-kit'
import { greetingEdits } from './greeting.ts'
import { ErrorPagesOptions } from './options.ts'

/** The manifest: what the gateway knows about this plugin. */
export const plugin = definePlugin({
  name: 'error-pages',
  key: 'error_pages',
  phase: 'respond',
  isOnByDefault: false,
  options: ErrorPagesOptions,
  response: (options) => ({ headers: greetingEdits(options) }),
})

export default plugin.route
export { ErrorPagesOptions } from './options.ts'
