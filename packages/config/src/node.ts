import type { Span } from './source.ts'

/** Where a value comes from: a place in a file, a plugin's default, or the preset of an application. */
export type NodeOrigin = Span | 'default' | `preset ${string}`

/**
 * A value of the configuration together with its origin. Merging keeps origins, so every resolved value can be traced.
 */
export type ConfigNode = ScalarNode | ListNode | MapNode

/** A string, number, boolean or null. */
export interface ScalarNode {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
  readonly origin: NodeOrigin
  /** Written without quotes, so that what an interpolation puts here may become a number or a boolean. */
  readonly isPlain?: boolean
  /** Came from the environment or a file: never printed. */
  readonly isSecret?: boolean
  /** An interpolation in it failed and was reported; what else is wrong with the value is a consequence. */
  readonly isUnfilled?: boolean
}

/** A list. */
export interface ListNode {
  readonly kind: 'list'
  readonly items: readonly ConfigNode[]
  readonly origin: NodeOrigin
}

/** A block of keys. A `Map`, so that no key can reach an object's prototype. */
export interface MapNode {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, MapEntry>
  readonly origin: NodeOrigin
}

/** One key of a block. */
export interface MapEntry {
  readonly keyOrigin: NodeOrigin
  readonly value: ConfigNode
}

/** The span of an origin, if it is in a file. */
export function inFile(origin: NodeOrigin | undefined): Span | undefined {
  return typeof origin === 'object' ? origin : undefined
}

/** The plain value of a node, for validation. */
export function toPlain(node: MapNode): Record<string, unknown>
export function toPlain(node: ConfigNode): unknown
export function toPlain(node: ConfigNode): unknown {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map((item) => toPlain(item))
  const plain: Record<string, unknown> = {}
  for (const [key, { value }] of node.entries) plain[key] = toPlain(value)
  return plain
}

/** What stands for a secret where nothing tells two of them apart. */
export function blotOut(): string {
  return '••••'
}

/** The plain value of a node, with what `mask` makes of everything that must not be printed. */
export function toMasked(node: ConfigNode, mask: (secret: string) => string): unknown {
  if (node.kind === 'scalar') return node.isSecret === true ? mask(String(node.value)) : node.value
  if (node.kind === 'list') return node.items.map((item) => toMasked(item, mask))
  return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, toMasked(value, mask)]))
}

/** A node of a plain value, all of it from one origin. */
export function fromPlain(value: unknown, origin: NodeOrigin): ConfigNode {
  if (Array.isArray(value)) return { kind: 'list', items: value.map((item) => fromPlain(item, origin)), origin }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(
      ([key, inner]) => [key, { keyOrigin: origin, value: fromPlain(inner, origin) }] as const,
    )
    return { kind: 'map', entries: new Map(entries), origin }
  }
  return { kind: 'scalar', value: value as ScalarNode['value'], origin }
}

/** The value under a key, if the node is a block that has it. */
export function child(node: ConfigNode | undefined, key: string): ConfigNode | undefined {
  return node?.kind === 'map' ? node.entries.get(key)?.value : undefined
}

/** The node at the end of a path of keys and indexes, if there is one. */
export function nodeAt(node: ConfigNode, path: readonly (string | number)[]): ConfigNode | undefined {
  let current: ConfigNode | undefined = node
  for (const step of path)
    current = current?.kind === 'list' ? current.items[Number(step)] : child(current, String(step))
  return current
}

/** A block without one of its keys, or with only some: `keep` decides. */
export function filterKeys(node: MapNode, keep: (key: string) => boolean): MapNode {
  return { ...node, entries: new Map([...node.entries].filter(([key]) => keep(key))) }
}
