/** Every plugin that ships with the gateway, one a line: the only file that names them all. */
export { plugin as errorPages } from '@drawbridge/plugin-error-pages'
export { plugin as headers } from '@drawbridge/plugin-headers'
export { plugin as limits } from '@drawbridge/plugin-limits'
export { plugin as timeouts } from '@drawbridge/plugin-timeouts'
export { plugin as tracing } from '@drawbridge/plugin-tracing'
