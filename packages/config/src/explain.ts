import type { Plugin } from '@drawbridge/plugin-kit'
import type { BuiltRoutes } from './build-routes.ts'
import type { Discovery } from './discovery.ts'
import { fillDefaults } from './fill-defaults.ts'
import { longForm } from './long-form.ts'
import { MainKeys } from './main-keys.ts'
import type { Position } from './model.ts'
import { blotOut, type ConfigNode, fromPlain, type MapEntry, type MapNode, toMasked } from './node.ts'
import { RouteKeys } from './route-keys.ts'
import { positionOf } from './source.ts'

/** Where a value comes from. */
export type Origin = Position | 'default' | `preset ${string}`

/** Looks into a loaded configuration. Without a host the answers are about drawbridge.yaml, else about that route. */
export interface Explanation {
  /**
   * The origin of every single value, by dotted path (`rate_limit.paths.0.path`). `undefined` when no route has the
   * host.
   */
  origins(host?: string): ReadonlyMap<string, Origin> | undefined
  /**
   * The merged keys with all defaults, as they could stand in a file; secrets are blotted out, or what `mask` makes of them. `undefined` as
   * above.
   */
  effectiveConfig(host?: string, mask?: (secret: string) => string): Readonly<Record<string, unknown>> | undefined
}

/** What there is to look into. */
export interface Loaded {
  readonly found: Discovery
  readonly built: BuiltRoutes
  readonly plugins: readonly Plugin[]
}

/** Makes the looking glass; everything is worked out when asked. */
export function describeConfig(loaded: Loaded): Explanation {
  return {
    origins(host) {
      const node = nodeOf(loaded, host)
      return node === undefined ? undefined : new Map(leaves(node, ''))
    },
    effectiveConfig(host, mask = blotOut) {
      const node = nodeOf(loaded, host)
      return node === undefined ? undefined : (toMasked(node, mask) as Record<string, unknown>)
    },
  }
}

function nodeOf({ found, built, plugins }: Loaded, host: string | undefined): MapNode | undefined {
  if (host === undefined) return mainNode(found)
  const route = findRoute(built.routes, host.toLowerCase())
  return route === undefined ? undefined : routeNode(route.merged, plugins)
}

/** The route that serves a name: one with that name, else the one with the longest wildcard over it. */
function findRoute<R extends { readonly hosts: readonly string[] }>(routes: readonly R[], host: string): R | undefined {
  const labels = host.split('.')
  const names = [host, ...labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join('.')}`)]
  for (const name of names) {
    const route = routes.find(({ hosts }) => hosts.includes(name))
    if (route !== undefined) return route
  }
  return undefined
}

const MAIN_SCHEMA = {
  properties: { ...MainKeys.properties, routes: { default: 'routes/' }, defaults: { default: {} } },
}

function mainNode({ main }: Discovery): MapNode {
  return fillDefaults(MAIN_SCHEMA, longForm(main ?? { kind: 'map', entries: new Map(), origin: 'default' }))
}

function routeNode(merged: MapNode, plugins: readonly Plugin[]): MapNode {
  const filled = fillDefaults(RouteKeys, merged)
  const entries = new Map<string, MapEntry>(filled.entries)
  for (const plugin of plugins) {
    const entry = entries.get(plugin.key)
    const value = entry?.value ?? fromPlain(plugin.isOnByDefault, 'default')
    entries.set(plugin.key, { keyOrigin: entry?.keyOrigin ?? 'default', value: pluginNode(plugin, value) })
  }
  return { ...filled, entries }
}

/** `true` is written out; what is off stays as it is. */
function pluginNode({ options }: Plugin, node: ConfigNode): ConfigNode {
  if (node.kind === 'map') return fillDefaults(options, node)
  if (node.kind !== 'scalar' || node.value !== true) return node
  const enabled: MapEntry = { keyOrigin: node.origin, value: node }
  const entries = new Map(node.origin === 'default' ? [] : [['enabled', enabled]])
  return fillDefaults(options, { kind: 'map', entries, origin: node.origin })
}

function* leaves(node: ConfigNode, path: string): Generator<[string, Origin]> {
  const inner: [string, ConfigNode][] =
    node.kind === 'map'
      ? [...node.entries].map(([key, { value }]) => [key, value])
      : node.kind === 'list'
        ? node.items.map((item, index) => [String(index), item])
        : []
  if (inner.length === 0 && path !== '')
    yield [path, typeof node.origin === 'object' ? positionOf(node.origin) : node.origin]
  for (const [key, value] of inner) yield* leaves(value, path === '' ? key : `${path}.${key}`)
}
