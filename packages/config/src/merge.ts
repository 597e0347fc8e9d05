import type { ConfigNode, MapEntry } from './node.ts'

/**
 * Puts `above` over `below`: blocks merge key by key, everything else (lists too) is replaced. Origins stay with their
 * values.
 */
export function mergeNodes<N extends ConfigNode>(below: ConfigNode | undefined, above: N): N
export function mergeNodes(below: ConfigNode | undefined, above: ConfigNode | undefined): ConfigNode | undefined
export function mergeNodes(below: ConfigNode | undefined, above: ConfigNode | undefined): ConfigNode | undefined {
  if (above === undefined) return below
  if (below?.kind !== 'map' || above.kind !== 'map') return above
  const entries = new Map<string, MapEntry>(below.entries)
  for (const [key, entry] of above.entries)
    entries.set(key, { keyOrigin: entry.keyOrigin, value: mergeNodes(below.entries.get(key)?.value, entry.value) })
  return { kind: 'map', entries, origin: above.origin }
}
