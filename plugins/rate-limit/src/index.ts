import { createRateLimitPlugin } from './rate-limit-plugin.ts'

/** The manifest: what the gateway knows about this plugin. */
export const plugin = createRateLimitPlugin()

export default plugin.route
export { RateLimitOptions } from './options.ts'
export { createRateLimitPlugin } from './rate-limit-plugin.ts'
export { RateLimitService } from './rate-limit-service.ts'
export { admit, type Excess, type Limit } from './route-limits.ts'
export { Rule } from './rule.ts'
export { createWindow, type LimitShape, type SlidingWindow, toShape } from './sliding-window.ts'
