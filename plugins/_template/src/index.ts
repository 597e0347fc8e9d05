import { definePlugin } from '@drawbridge/plugin-kit'
import { greetingEdits } from './greeting.ts'
import { TemplateOptions } from './options.ts'

/** The manifest: what the gateway knows about this plugin. */
export const plugin = definePlugin({
  name: 'template',
  key: 'template',
  phase: 'respond',
  isOnByDefault: false,
  options: TemplateOptions,
  response: (options) => ({ headers: greetingEdits(options) }),
})

export default plugin.route
export { TemplateOptions } from './options.ts'
