import {
  type AddressRules,
  addressKey,
  compileAddressRules,
  type DnsNames,
  mostSpecific,
  type PathPatternValue,
  parsePathPattern,
} from '@drawbridge/plugin-kit'
import type { AccessOptions } from './options.ts'

const EVERYBODY = 'all'
const EVERY_ADDRESS = ['0.0.0.0/0', '::/0']

/** Which list keeps somebody out: `deny` has them in it, `allow` has not. */
export type Verdict = 'allow' | 'deny' | undefined

/** The rules of a route, compiled. */
export interface PathRules {
  /** The list that refuses this address on this path (as policy sees it); `undefined` where it may pass. */
  judge(address: string, policyPath: string): Verdict
  /** Resolves once every DNS name has been looked up once, whatever that brought. */
  readonly settled: Promise<unknown>
  /** Ends following DNS names. */
  release(): void
}

interface RuleSet {
  readonly allow: AddressRules | undefined
  /** All of them are asked. */
  readonly deny: readonly AddressRules[]
}

/** Whether an entry of a list stands for every address. Whatever its case: as the name of a host it would keep nobody out. */
export function isEverybody(entry: string): boolean {
  return entry.toLowerCase() === EVERYBODY
}

/** Compiles options whose entries have been checked. */
export function compilePathRules(options: AccessOptions, names: DnsNames): PathRules {
  const compiled: AddressRules[] = []
  const context = { names, ipv6Prefix: options.ipv6_prefix_of_names }
  const compile = (entries: readonly string[] | undefined) => {
    if (entries === undefined) return undefined
    const rules = compileAddressRules(
      entries.flatMap((entry) => (isEverybody(entry) ? EVERY_ADDRESS : entry)),
      context,
    )
    compiled.push(rules)
    return rules
  }
  const ofRoute: RuleSet = { allow: compile(options.allow), deny: asList(compile(options.deny)) }
  const entries = options.paths.flatMap(({ path, allow, deny }) => {
    const pattern = parsePathPattern(path)
    // The schema has refused whatever is no pattern.
    if (pattern === undefined) return []
    const rules: RuleSet = { allow: compile(allow) ?? ofRoute.allow, deny: [...ofRoute.deny, ...asList(compile(deny))] }
    return [{ pattern, rules }]
  })
  return {
    judge: (address, policyPath) => judge(findRules(entries, policyPath) ?? ofRoute, address),
    settled: Promise.all(compiled.map(({ settled }) => settled)),
    release() {
      for (const rules of compiled) rules.release()
    },
  }
}

function findRules(
  entries: readonly { readonly pattern: PathPatternValue; readonly rules: RuleSet }[],
  path: string,
): RuleSet | undefined {
  return entries.length === 0 ? undefined : mostSpecific(entries, path)?.rules
}

function judge({ allow, deny }: RuleSet, address: string): Verdict {
  if (allow === undefined && deny.length === 0) return undefined
  const key = addressKey(address)
  // Fail closed: who cannot be told apart from those denied is one of them.
  if (key === undefined) return 'deny'
  for (const rules of deny) if (rules.hasKey(key)) return 'deny'
  return allow === undefined || allow.hasKey(key) ? undefined : 'allow'
}

function asList(rules: AddressRules | undefined): readonly AddressRules[] {
  return rules === undefined ? [] : [rules]
}
