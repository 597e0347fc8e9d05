import { createBansPlugin } from './bans-plugin.ts'

/** The manifest: what the gateway knows about this plugin. */
export const plugin = createBansPlugin()

export default plugin.route
export { type Ban, BanIndex } from './ban-index.ts'
export { createBansPlugin } from './bans-plugin.ts'
export { BansService } from './bans-service.ts'
export { BansOptions } from './options.ts'
