import { createAccessPlugin } from './access-plugin.ts'

/** The manifest: what the gateway knows about this plugin. */
export const plugin = createAccessPlugin()

export default plugin.route
export { createAccessPlugin } from './access-plugin.ts'
export { AccessOptions } from './options.ts'
