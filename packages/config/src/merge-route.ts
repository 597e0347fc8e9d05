import type { Plugin } from '@drawbridge/plugin-kit'
import type { RouteDocument } from './discovery.ts'
import type { Findings } from './finding.ts'
import { mergeNodes } from './merge.ts'
import { type ConfigNode, child, type MapEntry, type MapNode } from './node.ts'
import { appNames, mergePluginLayers, presetNode } from './plugin-layers.ts'
import { ROUTE_KEYS } from './route-keys.ts'
import { didYouMean } from './suggest.ts'

/**
 * Lays `defaults:`, the preset of the route's application and the route over each other. What the result does not
 * mention has the default of the key or plugin.
 */
export function mergeRoute(
  findings: Findings,
  document: RouteDocument,
  { defaults, plugins }: { readonly defaults: MapNode | undefined; readonly plugins: readonly Plugin[] },
): MapNode {
  const { node } = document
  const preset = findPreset(findings, document, { app: child(node, 'app') ?? child(defaults, 'app'), plugins })
  const entries = new Map<string, MapEntry>()
  const put = (key: string, value: ConfigNode | undefined) => {
    if (value === undefined) return
    const entry = [node, preset, defaults].map((layer) => layer?.entries.get(key)).find((layer) => layer !== undefined)
    entries.set(key, { keyOrigin: entry?.keyOrigin ?? value.origin, value })
  }
  for (const key of ROUTE_KEYS) put(key, mergeNodes(child(defaults, key), child(node, key)))
  for (const { key } of plugins) {
    const layers = { defaults: child(defaults, key), preset: child(preset, key), route: child(node, key) }
    put(key, mergePluginLayers(layers))
  }
  return { kind: 'map', entries, origin: node.origin }
}

function findPreset(
  findings: Findings,
  document: RouteDocument,
  { app, plugins }: { app: ConfigNode | undefined; plugins: readonly Plugin[] },
): MapNode | undefined {
  // Any other form than text is reported with the other keys of the route.
  if (app?.kind !== 'scalar' || typeof app.value !== 'string') return undefined
  const preset = presetNode(plugins, app.value)
  if (preset !== undefined || typeof app.origin !== 'object') return preset
  const names = appNames(plugins)
  const message = `there is no application "${app.value}"`
  const known = names.length === 0 ? 'no installed plugin knows an application' : `there are ${names.join(', ')}`
  const hint = didYouMean(app.value, names) ?? known
  findings.add(app.origin, { code: 'bad-value', message, hint, path: [...document.path, 'app'] })
  return undefined
}
