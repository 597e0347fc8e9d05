import type { Plugin } from '@drawbridge/plugin-kit'
import type { FindingFacts, Findings } from './finding.ts'
import { isGuardingKey, packageOf, SHIPPED_KEYS } from './known-plugins.ts'
import { MAIN_NAMES } from './main-keys.ts'
import { type ConfigNode, inFile, type MapNode } from './node.ts'
import { isSwitchedOff } from './plugin-layers.ts'
import { ROUTE_KEYS } from './route-keys.ts'
import { didYouMean } from './suggest.ts'

/** A block of route keys: a route, or `defaults:`. */
export interface RouteBlock {
  readonly node: MapNode
  readonly path: readonly (string | number)[]
}

/** Reports the keys that neither a route nor an installed plugin has. */
export function checkRouteKeys(findings: Findings, { node, path }: RouteBlock, plugins: readonly Plugin[]): void {
  const known = [...ROUTE_KEYS, ...plugins.map(({ key }) => key)]
  for (const [key, { keyOrigin, value }] of node.entries) {
    if (known.includes(key)) continue
    const facts = SHIPPED_KEYS.includes(key) ? missingPlugin(key, value) : unknownKey(key, known, plugins)
    const span = inFile(keyOrigin)
    if (span !== undefined && facts !== undefined) findings.add(span, { ...facts, path: [...path, key] })
  }
}

/** What an absent plugin was told to guard stays unguarded, so that is an error; other keys only have no effect. */
function missingPlugin(key: string, value: ConfigNode): FindingFacts | undefined {
  if (isSwitchedOff(value)) return undefined
  return {
    severity: isGuardingKey(key) ? 'error' : 'warning',
    code: 'missing-plugin',
    message: `\`${key}\` needs ${packageOf(key)}, which is not installed`,
    hint: `install ${packageOf(key)} and add it to "plugins" in drawbridge.yaml, or write "${key}: false"`,
  }
}

function unknownKey(key: string, known: readonly string[], plugins: readonly Plugin[]): FindingFacts {
  const owner = plugins.find(({ options }) => Object.hasOwn(options.properties, key))
  const hint = MAIN_NAMES.includes(key)
    ? `"${key}" belongs in drawbridge.yaml, not in a route`
    : owner !== undefined
      ? `"${key}" belongs below "${owner.key}:", indented`
      : didYouMean(key, [...known, ...SHIPPED_KEYS])
  return { code: 'unknown-key', message: `unknown key "${key}"`, hint }
}
