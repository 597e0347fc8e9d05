import type { GatewayConfig, LoadResult, PluginUse } from '@drawbridge/config'
import type { ConfigurationFile, ConfigurationState, Installation, LiveRoute, Plugin } from '@drawbridge/plugin-kit'
import { describeState } from './configuration-state.ts'
import { VERSION } from './version.ts'

/** What an installation is made from. */
export interface InstallationParts {
  readonly plugins: readonly Plugin[]
  readonly ownTables: Installation['ownTables']
  readonly dataFolder: string
  readonly routeIdOf: (host: string) => number
  /** Key of the fingerprints that stand for secrets. */
  readonly fingerprintKey: Buffer
}

/** The installation as plugins see it; the gateway tells it what is in force. */
export interface LiveInstallation extends Installation {
  /** Takes note of the configuration that is in force from now on. */
  follow(result: LoadResult, config: GatewayConfig): void
  /** Says how files of the configuration are written back. Until then nothing can be restored. */
  onRestore(restore: (files: readonly ConfigurationFile[]) => Promise<void>): void
}

/** Makes it; without routes until it follows a configuration. */
export function createInstallation(parts: InstallationParts): LiveInstallation {
  let config: GatewayConfig | undefined
  let state: ConfigurationState = { files: [], effective: {} }
  let restore: Installation['restore'] = () => Promise.reject(new Error('the gateway is not running'))
  return {
    version: VERSION,
    dataFolder: parts.dataFolder,
    plugins: parts.plugins,
    ownTables: parts.ownTables,
    routes: () => (config === undefined ? [] : describeRoutes(config, parts.routeIdOf)),
    configuration: () => state,
    restore: (files) => restore(files),
    follow(result, next) {
      config = next
      state = describeState(result, next, parts.fingerprintKey)
    },
    onRestore(action) {
      restore = action
    },
  }
}

function describeRoutes({ routes, defaultRoute }: GatewayConfig, routeIdOf: (host: string) => number): LiveRoute[] {
  return [
    ...routes.map(({ hosts, plugins }) => ({ hosts, routeId: routeIdOf(hosts[0] ?? ''), options: optionsOf(plugins) })),
    { hosts: [], routeId: 0, options: optionsOf(defaultRoute.plugins) },
  ]
}

function optionsOf(uses: readonly PluginUse[]): LiveRoute['options'] {
  return Object.fromEntries(uses.map(({ plugin, options }) => [plugin.key, options]))
}
