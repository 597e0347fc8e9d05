import { isAlias, isMap, isScalar, isSeq, type Node, Scalar, type YAMLMap, type YAMLSeq } from 'yaml'
import type { FileFinding, FindingFacts } from './finding.ts'
import type { ConfigNode, MapEntry } from './node.ts'
import { formatPosition, positionOf, type Source, type Span } from './source.ts'

const MAX_DEPTH = 32
/** Values a file may have once its aliases are followed; a few lines of aliases to aliases would make billions. */
const MAX_VALUES = 100_000
/** Keys through which a careless `object[key] = …` would reach a prototype. */
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * A document as the YAML library sees it. `start` and `end` count from the beginning of the file, ranges in `contents`
 * from `offset`.
 */
export interface RawDocument {
  readonly offset: number
  readonly start: number
  readonly end: number
  readonly contents: unknown
}

interface Conversion {
  readonly source: Source
  readonly offset: number
  readonly findings: FileFinding[]
  readonly anchors: Map<string, Node>
  /** Blocks that are being converted: an alias to one of them would contain itself. */
  readonly open: Set<Node>
  count: number
}

/**
 * Turns the YAML library's document into nodes with origins. `node` is absent when the document is empty or a finding
 * says why.
 */
export function toNode(source: Source, raw: RawDocument): { node?: ConfigNode; findings: readonly FileFinding[] } {
  const findings: FileFinding[] = []
  if (raw.contents === null) return { findings }
  const { offset } = raw
  const conversion: Conversion = { source, offset, findings, anchors: new Map(), open: new Set(), count: 0 }
  const node = convert(conversion, raw.contents as Node, 0)
  return node === undefined || findings.length > 0 ? { findings } : { node, findings }
}

function convert(conversion: Conversion, node: Node, depth: number): ConfigNode | undefined {
  conversion.count += 1
  if (conversion.count > MAX_VALUES) return refuse(conversion, node, TOO_MANY_VALUES)
  if (depth > MAX_DEPTH) return refuse(conversion, node, TOO_DEEP)
  if (isAlias(node)) return convertAlias(conversion, node, depth)
  if (node.anchor !== undefined) conversion.anchors.set(node.anchor, node)
  if (isScalar(node)) return convertScalar(conversion, node)
  conversion.open.add(node)
  const converted = isMap(node) ? convertMap(conversion, node, depth) : convertList(conversion, node, depth)
  conversion.open.delete(node)
  return converted
}

const TOO_MANY_VALUES: FindingFacts = {
  code: 'too-many-values',
  message: `the file has more than ${MAX_VALUES} values, aliases followed`,
}
const TOO_DEEP: FindingFacts = { code: 'too-deep', message: `blocks are nested more than ${MAX_DEPTH} deep` }

function refuse({ findings, ...conversion }: Conversion, node: Node, facts: FindingFacts): undefined {
  // Once is enough: a bomb would say the same at every value.
  if (findings.some((earlier) => earlier.facts.message === facts.message)) return
  findings.push({ span: spanOf(conversion, node), facts })
}

function convertAlias(conversion: Conversion, alias: Node & { source: string }, depth: number): ConfigNode | undefined {
  const name = alias.source
  const target = conversion.anchors.get(name)
  if (target === undefined) return refuse(conversion, alias, unknownAlias(name))
  if (conversion.open.has(target))
    return refuse(conversion, alias, { code: 'yaml-alias', message: `the block &${name} cannot contain itself` })
  return convert(conversion, target, depth + 1)
}

/** Most often it was no alias that was meant: YAML reads `*.example.org` as one. */
function unknownAlias(name: string): FindingFacts {
  const hint = name.startsWith('.') ? `put it in quotes: "*${name}"` : 'anchors end with their document, at "---"'
  return { code: 'yaml-alias', message: `there is no anchor &${name} before this alias`, hint }
}

function convertScalar(conversion: Conversion, node: Scalar): ConfigNode {
  const { value } = node
  const isKnown = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  const origin = spanOf(conversion, node)
  return { kind: 'scalar', value: isKnown ? value : null, origin, isPlain: node.type === Scalar.PLAIN }
}

function convertList(conversion: Conversion, list: YAMLSeq | Node, depth: number): ConfigNode {
  const items: ConfigNode[] = []
  for (const item of isSeq(list) ? list.items : []) {
    const converted = convert(conversion, item as Node, depth + 1)
    if (converted !== undefined) items.push(converted)
    if (conversion.count > MAX_VALUES) break
  }
  return { kind: 'list', items, origin: spanOf(conversion, list) }
}

function convertMap(conversion: Conversion, map: YAMLMap, depth: number): ConfigNode {
  const entries = new Map<string, MapEntry>()
  for (const pair of map.items) {
    const keyNode = pair.key as Node
    const keyOrigin = spanOf(conversion, keyNode)
    const key = isScalar(keyNode) ? String(keyNode.value) : ''
    const facts = keyProblem(key, entries.get(key))
    if (facts !== undefined) conversion.findings.push({ span: keyOrigin, facts })
    // `? key` alone has no value node at all.
    const value: ConfigNode | undefined =
      pair.value === null
        ? { kind: 'scalar', value: null, origin: keyOrigin }
        : convert(conversion, pair.value as Node, depth + 1)
    if (facts === undefined && value !== undefined) entries.set(key, { keyOrigin, value })
    if (conversion.count > MAX_VALUES) break
  }
  return { kind: 'map', entries, origin: spanOf(conversion, map) }
}

function keyProblem(key: string, earlier: MapEntry | undefined): FindingFacts | undefined {
  if (earlier !== undefined) {
    const first = typeof earlier.keyOrigin === 'object' ? ` at ${formatPosition(positionOf(earlier.keyOrigin))}` : ''
    return { code: 'duplicate-key', message: `the key "${key}" is already given${first}` }
  }
  if (FORBIDDEN_KEYS.has(key)) return { code: 'unknown-key', message: `unknown key "${key}"` }
  if (key !== '<<') return undefined
  const hint = 'put what routes share under "defaults:" in drawbridge.yaml'
  return { code: 'unknown-key', message: 'merge keys (<<) are not read', hint }
}

function spanOf({ source, offset }: Pick<Conversion, 'source' | 'offset'>, node: Node): Span {
  const [start, end] = node.range ?? [0, 0]
  return { source, start: start + offset, end: end + offset }
}
