export { type CombinedPlugins, combinePlugins } from './combine-plugins.ts'
export { composeSchema } from './compose-schema.ts'
export type { Explanation, Origin } from './explain.ts'
export type { Finding } from './finding.ts'
export { formatFindings, summarise } from './format-findings.ts'
export { type LoadOptions, type LoadResult, loadConfig } from './load.ts'
export type {
  Backend,
  BackendTls,
  DefaultRouteConfig,
  GatewayConfig,
  ListenAddress,
  PluginUse,
  Position,
  RouteConfig,
} from './model.ts'
export { orderPlugins } from './order-plugins.ts'
export { readPluginNames } from './plugin-names.ts'
export { diskReaders, type Readers } from './read-file.ts'
export { type ConfigWatch, type WatchOptions, watchConfig } from './watch.ts'
