import type { PartKind } from './request-parts.ts'
import type { Rule } from './rule.ts'

/** One rule that fired in one value. */
export interface Match {
  /** The rule. */
  readonly rule: Rule
  /** The part of the request. */
  readonly part: PartKind
  /** Name of the parameter, header, cookie or JSON key; '' for the path and unnamed texts. */
  readonly parameter: string
  /** Text around the place, at most 80 characters, lower case; redact it before it is stored. */
  readonly excerpt: string
}

/** What inspecting a request gave. */
export interface Verdict {
  /** The highest score of a single value. */
  readonly score: number
  /** Whether that reaches the ruleset's threshold. */
  readonly isAttack: boolean
  /** What fired in the values that reach the threshold, else in the highest one. */
  readonly matches: readonly Match[]
}
