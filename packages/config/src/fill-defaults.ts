import { type ConfigNode, fromPlain, type MapEntry } from './node.ts'

/** The keywords of a JSON Schema that say which defaults there are. */
interface SchemaDefaults {
  readonly properties?: Readonly<Record<string, object>>
  readonly items?: object
  readonly default?: unknown
}

/** Adds the schema's defaults, as written there (`5s`), where the node says nothing; their origin is `default`. */
export function fillDefaults<N extends ConfigNode>(schema: object, node: N): N
export function fillDefaults(schema: SchemaDefaults, node: ConfigNode): ConfigNode {
  const { items, properties = {} } = schema
  if (node.kind === 'list' && items !== undefined)
    return { ...node, items: node.items.map((item) => fillDefaults(items, item)) }
  if (node.kind !== 'map') return node
  const entries = new Map<string, MapEntry>(node.entries)
  for (const [key, property] of Object.entries(properties)) {
    const entry = entries.get(key) ?? defaultEntry(property)
    if (entry !== undefined) entries.set(key, { ...entry, value: fillDefaults(property, entry.value) })
  }
  return { ...node, entries }
}

function defaultEntry({ default: value }: SchemaDefaults): MapEntry | undefined {
  return value === undefined ? undefined : { keyOrigin: 'default', value: fromPlain(value, 'default') }
}
