import type { Problem } from '@drawbridge/plugin-kit'
import { type ConfigNode, inFile, type MapEntry } from './node.ts'
import type { Span } from './source.ts'

/**
 * A value that problems are reported against: its node, its path in the document, and a span for what has no place of
 * its own.
 */
export interface Subject {
  readonly node: ConfigNode
  readonly path: Problem['path']
  readonly fallback: Span
}

/**
 * Where a problem is shown: unknown keys at the key, missing ones at the block's first key, wrong values at the value.
 */
export function locate({ node, fallback }: Subject, { code, path }: Problem): Span {
  let span = inFile(node.origin) ?? fallback
  let current: ConfigNode | undefined = node
  for (const [depth, step] of path.entries()) {
    const entry: MapEntry | undefined = current?.kind === 'map' ? current.entries.get(String(step)) : undefined
    current = entry?.value ?? (current?.kind === 'list' ? current.items[Number(step)] : undefined)
    if (current === undefined) return span
    const isKeyMeant = code === 'unknown-key' && depth === path.length - 1
    const own = inFile(current.origin)
    const key = inFile(entry?.keyOrigin)
    // A block's own span can be many lines long; its key says enough.
    span = (isKeyMeant || current.kind === 'map' ? (key ?? own) : (own ?? key)) ?? span
  }
  return code === 'missing-key' ? (firstKey(current) ?? span) : span
}

function firstKey(node: ConfigNode | undefined): Span | undefined {
  if (node?.kind !== 'map') return undefined
  for (const { keyOrigin } of node.entries.values()) {
    const span = inFile(keyOrigin)
    if (span !== undefined) return span
  }
  return undefined
}
