import { type BodyLimit, parseBanDurations, withDetails } from '@drawbridge/plugin-kit'
import { BodyTooLarge } from './errors.ts'
import type { WafOptions } from './options.ts'
import { PRESETS } from './presets.ts'
import { RULE_GROUPS } from './rule.ts'
import { compileRuleset, type Exclusion, type Ruleset } from './ruleset.ts'
import type { BanRule } from './striker.ts'
import type { ValueInspector } from './value-inspector.ts'

/** `block` refuses, `log` records what would be refused. */
export type Mode = 'block' | 'log'

/** A route's options made ready for use. */
export interface RoutePolicy {
  readonly mode: Mode
  /** Absent where every group of rules is off. */
  readonly ruleset: Ruleset | undefined
  readonly maxInspectedBytes: number
  readonly maxHeaderBytes: number
  readonly maxBodyBytes: number
  /** The same bound for core, which counts what has no declared length; absent in log mode, where nothing is refused. */
  readonly bodyLimit: BodyLimit | undefined
  /** When a client is banned; absent where none is. */
  readonly ban: BanRule | undefined
}

/** Compiles them; `inspector` is the one of the process. */
export function compilePolicy(options: WafOptions, inspector: ValueInspector): RoutePolicy {
  const mode = modeOf(options)
  const maxBodyBytes = options.max_request_size ?? Number.POSITIVE_INFINITY
  return {
    mode,
    ruleset: RULE_GROUPS.some((group) => options.rules[group]) ? rulesetOf(options, inspector) : undefined,
    maxInspectedBytes: options.max_inspected_body,
    maxHeaderBytes: options.max_header_size ?? Number.POSITIVE_INFINITY,
    maxBodyBytes,
    bodyLimit: mode === 'log' || options.max_request_size === undefined ? undefined : bodyLimit(maxBodyBytes),
    ban: mode === 'block' ? banRule(options) : undefined,
  }
}

function banRule({ ban_after, ban_window, ban_duration }: WafOptions): BanRule | undefined {
  return ban_after === undefined
    ? undefined
    : { after: ban_after, windowMs: ban_window, durationsMs: parseBanDurations(ban_duration) ?? [] }
}

/** Who says `enabled: true` means it; who says nothing, or only adds an exclusion, is not surprised by refusals. */
export function modeOf({ mode, enabled }: Pick<WafOptions, 'mode' | 'enabled'>): Mode {
  return mode ?? (enabled === true ? 'block' : 'log')
}

/** The rules of a route. */
export function rulesetOf(options: WafOptions, inspector: ValueInspector): Ruleset {
  const { rules, sensitivity, preset, exclusions, custom_rules } = options
  return compileRuleset(
    {
      disabledGroups: RULE_GROUPS.filter((group) => !rules[group]),
      sensitivity,
      exclusions: [...(preset === undefined ? [] : PRESETS[preset]), ...exclusions.map(lowerHost)],
      customRules: custom_rules,
    },
    inspector,
  )
}

function lowerHost(exclusion: Exclusion): Exclusion {
  return exclusion.host === undefined ? exclusion : { ...exclusion, host: exclusion.host.toLowerCase() }
}

function bodyLimit(maxBytes: number): BodyLimit {
  return {
    maxBytes,
    // Counting stops here: how large the body would have become nobody knows.
    error: (bytes) => withDetails(new BodyTooLarge(`at least ${bytes}`, maxBytes), { max_size: maxBytes }),
  }
}
