import { FAMILIES, FAMILY, wordNumber, wordNumbers } from '../scan/lexicon.ts'
import { type SqlCursor, TOKEN } from './sql-cursor.ts'

/** What an operand of an SQL expression is. */
export const OPERAND = { none: 0, constant: 1, name: 2, call: 3, knownCall: 4, subselect: 5 } as const

const MAX_STEPS = 40
/** An operand of more terms has been judged by its first ones. */
const MAX_TERMS = 12
const SELECT = wordNumber('select')
const CONSTANTS = wordNumbers(
  'null true false current_user session_user system_user current_date current_timestamp current_time sysdate utc_date',
)
/** Words that begin the next clause: never names, whatever a statement left out before them. */
const CLAUSES = wordNumbers('from where group order having limit union into procedure')
const PREFIXES = wordNumbers('not binary all distinct any some exists case')

/**
 * Reads one operand with its signs, brackets and arithmetic from the cursor's token on and leaves the cursor behind it. Returns one of
 * {@link OPERAND}, the most telling part of it.
 */
export function readOperand(cursor: SqlCursor): number {
  let best: number = OPERAND.none
  for (let steps = 0; steps < MAX_TERMS; steps++) {
    const found = readTerm(cursor)
    best = Math.max(best, found)
    if (found === OPERAND.none) return best
    skipCast(cursor)
    while (cursor.is(TOKEN.close)) cursor.next()
    skipCast(cursor)
    if (cursor.is(TOKEN.arithmetic)) cursor.next()
    else if (!cursor.is(TOKEN.string) && !cursor.is(TOKEN.number)) return best
  }
  return best
}

/** `'1'::int`: PostgreSQL names the type behind the value. */
function skipCast(cursor: SqlCursor): void {
  if (!cursor.is(TOKEN.other) || !cursor.text.startsWith('::', cursor.start)) return
  cursor.next()
  cursor.next()
  if (cursor.is(TOKEN.word)) cursor.next()
}

function readTerm(cursor: SqlCursor): number {
  for (let steps = 0; steps < MAX_STEPS && isPrefix(cursor); steps++) cursor.next()
  switch (cursor.kind) {
    case TOKEN.number:
    case TOKEN.string:
    case TOKEN.variable:
      cursor.next()
      return OPERAND.constant
    case TOKEN.word:
      return CLAUSES.has(cursor.word) ? OPERAND.none : readName(cursor)
    default:
      return OPERAND.none
  }
}

function readName(cursor: SqlCursor): number {
  const word = cursor.word
  if (word === SELECT) {
    cursor.next()
    return OPERAND.subselect
  }
  cursor.next()
  const isKnown = word >= 0 && ((FAMILIES[word] ?? 0) & (FAMILY.sqlFunction | FAMILY.sqlStrong)) !== 0
  while (cursor.is(TOKEN.other) && cursor.text.charCodeAt(cursor.start) === 46) {
    cursor.next()
    if (cursor.is(TOKEN.word)) cursor.next()
  }
  if (!cursor.is(TOKEN.open)) return word >= 0 && CONSTANTS.has(word) ? OPERAND.constant : OPERAND.name
  const hasSelect = skipBrackets(cursor)
  if (hasSelect) return OPERAND.subselect
  return isKnown ? OPERAND.knownCall : OPERAND.call
}

/** Goes behind the closing bracket, or to the end of the window; says whether a SELECT stands inside. */
export function skipBrackets(cursor: SqlCursor): boolean {
  let depth = 0
  let hasSelect = false
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    if (cursor.is(TOKEN.open)) depth++
    else if (cursor.is(TOKEN.close)) depth--
    else if (cursor.is(TOKEN.end) || cursor.is(TOKEN.comment)) return hasSelect
    else if (cursor.isWord(SELECT)) hasSelect = true
    cursor.next()
    if (depth === 0) return hasSelect
  }
  return hasSelect
}

function isPrefix(cursor: SqlCursor): boolean {
  if (cursor.is(TOKEN.open) || cursor.is(TOKEN.not) || cursor.is(TOKEN.arithmetic)) return true
  return cursor.is(TOKEN.word) && cursor.word >= 0 && PREFIXES.has(cursor.word)
}
