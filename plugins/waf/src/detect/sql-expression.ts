import { SQL } from '../rules/sql-rules.ts'
import { FAMILIES, FAMILY, wordNumbers } from '../scan/lexicon.ts'
import type { Inspection } from './inspection.ts'
import { TOKEN } from './sql-cursor.ts'

const LONGEST = 150
const MAX_TOKENS = 60
/** Words of expressions; any other word makes the value prose. */
const WORDS = wordNumbers(
  'select binary in like rlike regexp is not null true false between limit offset all any exists distinct from union as case when then else end escape div mod collate interval by order group having',
)
const FUNCTION_BITS = FAMILY.sqlFunction | FAMILY.sqlStrong | FAMILY.sqlSystem

/** The whole value is an expression of SQL, without a single word of its own, and ends in a comment sign. */
export function detectCommentedExpression(inspection: Inspection): void {
  const { text, start, end, cursor } = inspection
  if (end - start > LONGEST || !endsInComment(text, start, end)) return
  let telling = 0
  cursor.reset(text, start, end)
  for (let tokens = 0; tokens < MAX_TOKENS; tokens++, cursor.next()) {
    if (cursor.is(TOKEN.comment)) {
      if (telling >= 2) inspection.hit(SQL.commentedExpression, start)
      return
    }
    if (cursor.is(TOKEN.end) || cursor.is(TOKEN.other)) return
    if (cursor.is(TOKEN.word)) {
      const isKnown =
        cursor.word >= 0 && (WORDS.has(cursor.word) || ((FAMILIES[cursor.word] ?? 0) & FUNCTION_BITS) !== 0)
      if (!isKnown) return
      telling++
    } else if (!cursor.is(TOKEN.number) && !cursor.is(TOKEN.comma)) telling++
  }
}

function endsInComment(text: string, start: number, end: number): boolean {
  let at = end - 1
  while (at > start && (text.charCodeAt(at) <= 32 || text.charCodeAt(at) === 43)) at--
  const last = text.charCodeAt(at)
  const previous = text.charCodeAt(at - 1)
  return last === 35 || (last === 45 && previous === 45) || (last === 42 && previous === 47)
}
