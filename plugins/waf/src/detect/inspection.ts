import { TextBuilder } from '../decode/text-builder.ts'
import type { Rule } from '../rule.ts'
import { Scanner } from '../scan/scanner.ts'
import { SqlCursor } from './sql-cursor.ts'

/** One rule that fired at one place of the value under inspection. */
export interface Hit {
  /** The rule. */
  readonly rule: Rule
  /** Some text around the place, at most 80 characters, lower case. */
  readonly excerpt: string
  /** Where it fired last, in the text it was found in. */
  place: number
}

/** Says which rules count for the value under inspection. */
export interface RuleFilter {
  /** False for a rule that is switched off or excluded here. */
  accepts(rule: Rule): boolean
}

const NEIGHBOURHOOD = 200
const ALL: RuleFilter = { accepts: () => true }

/**
 * The value under inspection, shared by all detectors: its text and bounds, what was seen on the way and which rules fired. One object serves
 * all values one after the other, so that harmless values leave no garbage.
 */
export class Inspection {
  readonly scanner = new Scanner()
  readonly cursor = new SqlCursor()
  /** For the short texts a detector makes of a window. */
  readonly scratch = new TextBuilder()
  /** The text in lower case. */
  text = ''
  /** Where the value begins. */
  start = 0
  /** Where the value ends. */
  end = 0
  /** Single quotes before the current anchor. */
  singleQuotes = 0
  /** Double quotes before the current anchor. */
  doubleQuotes = 0
  /** Where the last tag before the current anchor opened, or -1. */
  tagAt = -1
  /** The lexicon number of that tag's name, or -1. */
  tagWord = -1
  /** Whether the text was written in a coding that no honest client uses: overlong UTF-8, full-width signs. */
  isEvasive = false
  /** What fired so far in this value and its decoded forms; a rule counts once. */
  readonly hits: Hit[] = []
  /** The highest sum of scores near each other: weak signs far apart in a long text have nothing to do with each other. */
  score = 0
  /** Which rules count. */
  filter: RuleFilter = ALL

  /** Takes the next text of the same value. */
  begin(text: string, start: number, end: number): void {
    this.text = text
    this.start = start
    this.end = end
    this.singleQuotes = 0
    this.doubleQuotes = 0
    this.tagAt = -1
    this.tagWord = -1
    this.isEvasive = false
  }

  /** Notes that a rule fired, unless it is switched off or excluded here. */
  hit(rule: Rule, at: number): void {
    const known = this.hits.find((hit) => hit.rule === rule)
    if (known !== undefined) known.place = at
    else if (this.filter.accepts(rule)) {
      const from = Math.max(this.start, at - 20)
      this.hits.push({ rule, place: at, excerpt: this.text.slice(from, Math.min(this.end, from + 80)) })
    } else return
    let near = 0
    for (const hit of this.hits) if (Math.abs(hit.place - at) <= NEIGHBOURHOOD) near += hit.rule.score
    this.score = Math.max(this.score, near)
  }

  /** Forgets what fired: the next value begins. */
  clear(): void {
    this.hits.length = 0
    this.score = 0
  }

  /** The code of the character at a place, 0 outside the value. */
  code(at: number): number {
    return at >= this.start && at < this.end ? this.text.charCodeAt(at) : 0
  }
}
