import { type ConfigNode, child, type MapEntry, type MapNode } from './node.ts'

const SHORT_KEYS = { listen: 'http', admin: 'listen' } as const

/**
 * The main document with its short forms written out: `listen: 8080` and `admin: 127.0.0.1:9900`; a port may be a
 * number.
 */
export function longForm(node: MapNode): MapNode {
  const entries = new Map<string, MapEntry>(node.entries)
  for (const [key, inner] of Object.entries(SHORT_KEYS)) {
    const entry = entries.get(key)
    if (entry !== undefined) entries.set(key, { ...entry, value: writtenOut(entry, inner) })
  }
  return { ...node, entries }
}

function writtenOut({ keyOrigin, value }: MapEntry, key: string): ConfigNode {
  const address = value.kind === 'map' ? child(value, key) : value
  // Whatever is neither text nor a number is left for validation to refuse.
  if (address?.kind !== 'scalar' || typeof address.value === 'boolean' || address.value === null) return value
  const text: ConfigNode = { ...address, value: String(address.value) }
  if (value.kind !== 'map')
    return { kind: 'map', entries: new Map([[key, { keyOrigin, value: text }]]), origin: value.origin }
  const own = value.entries.get(key)?.keyOrigin ?? keyOrigin
  return { ...value, entries: new Map([...value.entries, [key, { keyOrigin: own, value: text }]]) }
}
