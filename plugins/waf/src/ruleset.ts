import { type PathPatternValue, parsePathPattern } from '@drawbridge/plugin-kit'
import { type CompiledCustomRule, type CustomRule, compileCustomRule } from './custom-rule.ts'
import type { PartKind } from './request-parts.ts'
import type { Rule, RuleGroup } from './rule.ts'
import { ValueInspector } from './value-inspector.ts'

/** How much it takes to block; see {@link THRESHOLDS}. */
export const SENSITIVITIES = ['low', 'medium', 'high'] as const

/** One of {@link SENSITIVITIES}. */
export type Sensitivity = (typeof SENSITIVITIES)[number]

/** The score at which a value is an attack. */
export const THRESHOLDS: Readonly<Record<Sensitivity, number>> = { low: 8, medium: 5, high: 3 }

/** What is not looked at: all fields given must match; a field left out matches everything. */
export interface Exclusion {
  /** Host name in lower case, where a route has several. */
  readonly host?: string
  /** Path pattern, e.g. `/api/client/servers/*\/files/write`. */
  readonly path?: string
  /** The part of the request. */
  readonly part?: PartKind
  /** Name of a parameter, JSON key (the innermost), cookie or header, without case. */
  readonly parameter?: string
  /** Id of a rule or name of a group. */
  readonly rule?: string
}

/** What a ruleset is made of; everything has a default. */
export interface RulesetOptions {
  /** Groups that are switched off. */
  readonly disabledGroups?: readonly RuleGroup[]
  /** How much it takes. */
  readonly sensitivity?: Sensitivity
  /** What is not looked at. */
  readonly exclusions?: readonly Exclusion[]
  /** Rules of the operator's own. */
  readonly customRules?: readonly CustomRule[]
}

/** An exclusion with its path pattern ready for use. */
export interface CompiledExclusion extends Exclusion {
  readonly pattern: PathPatternValue | undefined
}

/** Options made ready for inspecting; one per route, kept as long as the route. */
export interface Ruleset {
  /** The score at which a value is an attack. */
  readonly threshold: number
  /** What is not looked at. */
  readonly exclusions: readonly CompiledExclusion[]
  /** The operator's own rules that are on. */
  readonly customRules: readonly CompiledCustomRule[]
  /** Whether a rule takes part at all. */
  isActive(rule: Rule): boolean
  /** Buffers that serve one request after the other; inspecting is synchronous. */
  readonly inspector: ValueInspector
}

/**
 * Makes a ruleset. Throws a RangeError naming an exclusion whose path is no pattern, and RE2JS's error for a custom rule that is none. Inspecting is synchronous, so all rulesets of a process can
 * share one inspector and its buffers (about 40 KB, more once a large hostile body came by).
 */
export function compileRuleset(
  options: RulesetOptions = {},
  inspector: ValueInspector = new ValueInspector(),
): Ruleset {
  const disabled = new Set<string>(options.disabledGroups)
  return {
    threshold: THRESHOLDS[options.sensitivity ?? 'medium'],
    exclusions: (options.exclusions ?? []).map(compileExclusion),
    customRules: disabled.has('custom') ? [] : (options.customRules ?? []).map(compileCustomRule),
    isActive: (rule) => !disabled.has(rule.group),
    inspector,
  }
}

function compileExclusion(exclusion: Exclusion): CompiledExclusion {
  const pattern = exclusion.path === undefined ? undefined : parsePathPattern(exclusion.path)
  if (exclusion.path !== undefined && pattern === undefined) {
    throw new RangeError(`"${exclusion.path}" is no path pattern: write /a, /a/*, /a/*/b or *.php`)
  }
  return { ...exclusion, pattern }
}
