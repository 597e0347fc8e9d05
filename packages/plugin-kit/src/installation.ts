import type { Plugin } from './plugin.ts'
import type { TableDefinition } from './stored-data.ts'

/** A route as it is served right now. */
export interface LiveRoute {
  /** The first is the route's name; empty for the default answer to unknown hosts. */
  readonly hosts: readonly string[]
  /** Its stable number in the database; 0 for unknown hosts, and while the database is away. */
  readonly routeId: number
  /** Resolved options of each plugin that is on, by configuration key. */
  readonly options: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** A file of the configuration. */
export interface ConfigurationFile {
  /** Relative to the folder of drawbridge.yaml, with `/`. */
  readonly path: string
  readonly text: string
}

/** The configuration from one moment to the next. */
export interface ConfigurationState {
  readonly files: readonly ConfigurationFile[]
  /** Effective configuration as plain data: `{ gateway: {…}, routes: { host: {…} } }`, every secret in it replaced by a fingerprint. */
  readonly effective: unknown
}

/** What is installed and how it is configured at this moment. */
export interface Installation {
  readonly version: string
  /** Absolute path of the data folder. */
  readonly dataFolder: string
  readonly plugins: readonly Plugin[]
  /** Tables of the gateway itself: the accounts of the admin API. */
  readonly ownTables: readonly TableDefinition[]
  /** The routes, and last the default answer to unknown hosts. */
  routes(): readonly LiveRoute[]
  configuration(): ConfigurationState
  /**
   * Writes these files of the configuration, removes no other, and applies the result. Rejects, with the old files back in place, when
   * it is not valid.
   */
  restore(files: readonly ConfigurationFile[]): Promise<void>
}

/** The installation of an app outside the gateway. */
export const noInstallation: Installation = Object.freeze({
  version: '',
  dataFolder: '',
  plugins: [],
  ownTables: [],
  routes: () => [],
  configuration: () => ({ files: [], effective: {} }),
  restore: () => Promise.reject(new Error('there is no configuration here')),
})
