import type { Plugin } from '@drawbridge/plugin-kit'
import { ROUTE_KEYS } from './route-keys.ts'

/** The plugins to run, and which shipped ones had to make way. */
export interface CombinedPlugins {
  readonly plugins: readonly Plugin[]
  readonly replaced: readonly { readonly key: string; readonly builtIn: string; readonly external: string }[]
}

/**
 * Adds external plugins to the shipped ones. An external one takes the place of the shipped one with its key. Throws an
 * Error naming both when two external plugins have one key, two plugins have one name, or a key belongs to the route
 * itself.
 */
export function combinePlugins(builtIn: readonly Plugin[], external: readonly Plugin[]): CombinedPlugins {
  const byKey = new Map<string, Plugin>()
  for (const plugin of external) {
    const other = byKey.get(plugin.key)
    if (other !== undefined)
      throw new Error(`plugins ${other.name} and ${plugin.name} both have the key "${plugin.key}"; remove one of them`)
    byKey.set(plugin.key, plugin)
  }
  const replaced = builtIn.flatMap(({ key, name }) => {
    const by = byKey.get(key)
    return by === undefined ? [] : [{ key, builtIn: name, external: by.name }]
  })
  const plugins = [...builtIn.filter(({ key }) => !byKey.has(key)), ...external]
  assertDistinct(plugins)
  return { plugins, replaced }
}

function assertDistinct(plugins: readonly Plugin[]): void {
  const names = new Set<string>()
  const keys = new Set<string>(ROUTE_KEYS)
  for (const { name, key } of plugins) {
    if (names.has(name)) throw new Error(`two plugins are called ${name}`)
    if (keys.has(key)) throw new Error(`plugin ${name} has the key "${key}", which is already taken`)
    names.add(name)
    keys.add(key)
  }
}
