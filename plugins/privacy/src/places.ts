import type { FileStore, Plugin, ServiceHost, TableDefinition } from '@drawbridge/plugin-kit'

/** A table with the plugin that declared it, or the admin app. */
export interface DeclaredTable {
  readonly plugin: Pick<Plugin, 'name' | 'key'>
  readonly table: TableDefinition
}

/** A file store with the plugin that declared it. */
export interface DeclaredStore {
  readonly plugin: Plugin
  readonly store: FileStore
}

/** Everything that the installed plugins store about people. */
export interface Places {
  readonly tables: readonly DeclaredTable[]
  readonly stores: readonly DeclaredStore[]
}

const ADMIN = { name: 'admin', key: 'admin' }

/** Asks the gateway and all plugins what they store; a table without personal data is left out. */
export function findPlaces(host: ServiceHost): Places {
  const { plugins, ownTables } = host.installation
  const declared = plugins.flatMap((plugin) => (plugin.tables ?? []).map((table) => ({ plugin, table })))
  return {
    tables: [...ownTables.map((table) => ({ plugin: ADMIN, table })), ...declared].filter(
      ({ table }) => table.personalData.length > 0,
    ),
    stores: plugins.flatMap((plugin) => (plugin.fileStores?.(host) ?? []).map((store) => ({ plugin, store }))),
  }
}

/** Whether an erasure leaves the table as it is: `erasure: { clear: [] }`, with the reason in `keptBecause`. */
export function isExempt({ erasure }: TableDefinition): boolean {
  return typeof erasure === 'object' && erasure.clear.length === 0
}
