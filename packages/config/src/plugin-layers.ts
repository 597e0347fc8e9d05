import type { Plugin } from '@drawbridge/plugin-kit'
import { mergeNodes } from './merge.ts'
import { type ConfigNode, child, fromPlain, type MapNode } from './node.ts'

/** What a plugin's key says in each layer of a route. */
export interface PluginLayers {
  readonly defaults: ConfigNode | undefined
  readonly preset: ConfigNode | undefined
  readonly route: ConfigNode | undefined
}

/**
 * Merges what the layers say about a plugin. `true` is on with the options from below; the preset of an application
 * does not switch on what `defaults:` switched off.
 */
export function mergePluginLayers({ defaults, preset, route }: PluginLayers): ConfigNode | undefined {
  if (route === undefined && defaults !== undefined && isSwitchedOff(defaults)) return defaults
  return putOver(putOver(defaults, preset), route)
}

/** `true` is `enabled: true`, above a block and below one. */
function putOver(below: ConfigNode | undefined, above: ConfigNode | undefined): ConfigNode | undefined {
  if (below?.kind === 'map' && isTrue(above)) return withEnabled(below, above)
  if (above?.kind === 'map' && isTrue(below)) {
    const nothing: MapNode = { ...above, entries: new Map() }
    return mergeNodes(withEnabled(nothing, below), above)
  }
  return mergeNodes(below, above)
}

function isTrue(node: ConfigNode | undefined): node is ConfigNode {
  return node?.kind === 'scalar' && node.value === true
}

function withEnabled(block: MapNode, value: ConfigNode): MapNode {
  return { ...block, entries: new Map([...block.entries, ['enabled', { keyOrigin: value.origin, value }]]) }
}

/** Whether a plugin's key says `false` or `enabled: false`. */
export function isSwitchedOff(node: ConfigNode): boolean {
  const enabled = node.kind === 'map' ? child(node, 'enabled') : node
  return enabled?.kind === 'scalar' && enabled.value === false
}

/** All that plugins contribute for an application, by plugin key. `undefined` when no plugin knows it. */
export function presetNode(plugins: readonly Plugin[], app: string): MapNode | undefined {
  const raw = plugins.flatMap(({ key, presets }) =>
    presets !== undefined && Object.hasOwn(presets, app) ? [[key, presets[app]] as const] : [],
  )
  const node = fromPlain(Object.fromEntries(raw), `preset ${app}`)
  return raw.length === 0 || node.kind !== 'map' ? undefined : node
}

/** The names of all applications that plugins have presets for. */
export function appNames(plugins: readonly Plugin[]): readonly string[] {
  return [...new Set(plugins.flatMap(({ presets = {} }) => Object.keys(presets)))].sort()
}
