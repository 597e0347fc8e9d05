import { RE2JS } from 're2js'
import type { PartKind } from './request-parts.ts'
import type { Rule } from './rule.ts'

/** A rule of the operator's own. */
export interface CustomRule {
  /** Its name in lists, logs and exclusions. */
  readonly id: string
  /** Regular expression in the syntax of RE2, matched without case anywhere in a value. */
  readonly pattern: string
  /** The part of the request; all where absent. */
  readonly part?: PartKind
}

/** A custom rule ready for use. */
export interface CompiledCustomRule {
  readonly rule: Rule
  readonly part: PartKind | undefined
  test(value: string): boolean
}

/** So many characters of each value are read. */
export const MAX_CUSTOM_LENGTH = 8192
/** So many characters are read in one request, by all rules together: RE2 takes linear time, but up to 30 µs for each of a pattern's worst. */
export const CUSTOM_BUDGET = 131_072
/** A custom rule stands for itself: it is an attack at every sensitivity. */
const SCORE = 10

/** Makes it ready. Throws RE2JS's error for a pattern that is none. */
export function compileCustomRule({ id, pattern, part }: CustomRule): CompiledCustomRule {
  const compiled = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE | RE2JS.DOTALL)
  const rule: Rule = Object.freeze({
    id,
    group: 'custom',
    score: SCORE,
    why: 'A rule of this gateway’s operator.',
    example: pattern,
    counterExample: '',
  })
  return { rule, part, test: (value) => compiled.test(value) }
}
