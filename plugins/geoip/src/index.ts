import { createGeoipPlugin } from './geoip-plugin.ts'

/** The manifest: what the gateway knows about this plugin. */
export const plugin = createGeoipPlugin()

export default plugin.route
export { createGeoipPlugin } from './geoip-plugin.ts'
export { GeoipOptions } from './options.ts'
