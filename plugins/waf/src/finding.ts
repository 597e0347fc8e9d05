import type { PartKind } from './request-parts.ts'
import type { Match, Verdict } from './verdict.ts'

/** Reasons that are no rules: `waf.max_*_size`, and bodies that nobody can look at. */
export const BOUNDS = ['max_request_size', 'max_header_size', 'unreadable_body'] as const

/** One of {@link BOUNDS}. */
export type Bound = (typeof BOUNDS)[number]

/** What is wrong with a request, in one piece for logs and tables. */
export interface Finding {
  /** The rule that weighs most, or a bound. */
  readonly rule: string
  /** All rules that fired in the same value. */
  readonly rules: readonly string[]
  readonly score: number
  readonly part: PartKind | undefined
  /** As the client wrote it; '' for none. */
  readonly parameter: string
  /** Text around the place, as the client wrote it; '' for bounds. */
  readonly excerpt: string
}

/** Makes a finding of a verdict that is an attack, or of a bound that was passed. */
export function toFinding(what: Verdict | Bound): Finding {
  if (typeof what === 'string') return { ...NOTHING, rule: what, rules: [what] }
  const main = what.matches.reduce<Match | undefined>(heavier, undefined)
  if (main === undefined) return { ...NOTHING, rule: 'unknown', rules: [] }
  const { part, parameter, excerpt } = main
  const sameValue = what.matches.filter((match) => match.part === part && match.parameter === parameter)
  const rules = [...new Set([main.rule.id, ...sameValue.map(({ rule }) => rule.id)])]
  return { rule: main.rule.id, rules, score: what.score, part, parameter, excerpt }
}

const NOTHING = { score: 0, part: undefined, parameter: '', excerpt: '' } as const

function heavier(best: Match | undefined, match: Match): Match {
  return best === undefined || match.rule.score > best.rule.score ? match : best
}
