import { QUERY } from '../rules/request-rules.ts'
import { SQL } from '../rules/sql-rules.ts'
import { isDigit } from '../scan/char-classes.ts'
import { FAMILIES, FAMILY, wordNumbers } from '../scan/lexicon.ts'
import { isStillCoded, wordsAfter, wordsBefore } from './before.ts'
import type { Inspection } from './inspection.ts'
import { isComparison, skipComparison } from './sql-condition.ts'
import { type SqlCursor, TOKEN } from './sql-cursor.ts'
import { OPERAND, readOperand } from './sql-operand.ts'

const CLAUSES = wordNumbers(
  'union having where group order limit procedure into like rlike regexp between is in not sounds div mod',
)

/** What may follow a quote that ends a string. */
const FOLLOWING: ReadonlySet<number> = new Set([
  TOKEN.comment,
  TOKEN.semicolon,
  TOKEN.compare,
  TOKEN.arithmetic,
  TOKEN.word,
  TOKEN.comma,
])

/** A quote that could end the string the value stands in: what follows it? Only the first, third … quote can. */
export function detectQuoteBreak(inspection: Inspection, place: number, quotesBefore: number): void {
  if (quotesBefore % 2 === 1 || isBracket(inspection.code(place + 1)) || isStillCoded(inspection, place + 1)) return
  const { cursor } = inspection
  cursor.reset(inspection.text, place + 1, inspection.end)
  while (cursor.is(TOKEN.close)) cursor.next()
  // First what nearly every quote is: the beginning of a quotation.
  if (cursor.is(TOKEN.word) && !CLAUSES.has(cursor.word)) return
  if (!FOLLOWING.has(cursor.kind) || wordsBefore(inspection, place) > 2) return
  switch (cursor.kind) {
    case TOKEN.comment:
      if (isCommentTail(inspection, cursor)) inspection.hit(SQL.quotedComment, place)
      return
    case TOKEN.semicolon:
      detectSemicolon(inspection, place)
      return
    case TOKEN.compare:
    case TOKEN.arithmetic:
      detectOperator(inspection, place)
      return
    case TOKEN.word:
      detectClause(inspection, place)
      return
    case TOKEN.comma:
      detectList(inspection, place)
      return
    default:
  }
}

/** What follows a quote in JSON and code, never in an injection. */
function isBracket(code: number): boolean {
  return code === 91 || code === 93 || code === 123 || code === 125 || code === 58
}

/** `' --`, `'#`: nothing but a short rest behind the comment sign; `7" #2` and `' -- she said` are prose. */
function isCommentTail(inspection: Inspection, cursor: SqlCursor): boolean {
  const sign = cursor.start
  const length = inspection.text.charCodeAt(sign) === 35 ? 1 : 2
  const next = inspection.code(sign + length)
  if (length === 1 && (next > 32 || (next > 0 && wordsBefore(inspection, sign) > 1))) return false
  return wordsAfter(inspection, sign + length) <= 2
}

function detectSemicolon(inspection: Inspection, place: number): void {
  const { cursor } = inspection
  cursor.next()
  if (cursor.is(TOKEN.comment)) inspection.hit(SQL.quotedComment, place)
  // Script in a document store: `';return true;var x='`.
  const rest = inspection.text.slice(cursor.start, cursor.start + 12)
  if (/^(?:return\b|var\s+\w|while\s*\(|do\s*\{)/.test(rest)) inspection.hit(QUERY.where, place)
}

/** `'='`, `' - 0 -- `: an expression goes on outside the string. */
function detectOperator(inspection: Inspection, place: number): void {
  const { cursor } = inspection
  const isCompare = cursor.is(TOKEN.compare)
  const sign = inspection.text.charCodeAt(cursor.start)
  if (sign === 62 || (sign === 47 && isCompare)) return
  // `1/4"-1" wide`: inches.
  if (!isCompare && inspection.text.charCodeAt(place) === 34 && isDigit(inspection.code(place - 1))) return
  cursor.next()
  const right = readOperand(cursor)
  if (right === OPERAND.subselect) inspection.hit(SQL.subselect, place)
  if (right === OPERAND.knownCall) inspection.hit(SQL.quotedOperator, place)
  const isEnd = cursor.is(TOKEN.end) || cursor.is(TOKEN.comment)
  if (right === OPERAND.constant && (cursor.is(TOKEN.logic) || cursor.is(TOKEN.compare))) {
    inspection.hit(SQL.quotedOperator, place)
    inspection.hit(SQL.quotedConcatenation, place)
  }
  if (right === OPERAND.constant && isEnd) {
    inspection.hit(SQL.quotedOperator, place)
    if (cursor.isUnterminated || cursor.is(TOKEN.comment)) inspection.hit(SQL.quotedConcatenation, place)
  }
}

function detectClause(inspection: Inspection, place: number): void {
  const { cursor } = inspection
  // "mod" in quotes is a name.
  if (inspection.code(cursor.at) === inspection.code(place)) return
  if (isComparison(cursor)) {
    skipComparison(cursor)
    const from = cursor.start
    const right = readOperand(cursor)
    const isEmpty = cursor.isUnterminated && cursor.at - from <= 1 && wordsBefore(inspection, place) > 0
    if ((right === OPERAND.constant && !isEmpty) || right >= OPERAND.knownCall) inspection.hit(SQL.quotedClause, place)
    return
  }
  cursor.next()
  const right = readOperand(cursor)
  if (right === OPERAND.none || right === OPERAND.name) return
  if (isComparison(cursor) || cursor.is(TOKEN.comment) || cursor.is(TOKEN.comma))
    inspection.hit(SQL.quotedClause, place)
}

/** `',NULL,NULL)--`: more columns for an INSERT. */
function detectList(inspection: Inspection, place: number): void {
  const { cursor } = inspection
  for (let items = 0; items < 6 && cursor.is(TOKEN.comma); items++) {
    cursor.next()
    const isKnownCall =
      cursor.is(TOKEN.word) && cursor.word >= 0 && ((FAMILIES[cursor.word] ?? 0) & FAMILY.sqlFunction) !== 0
    const operand = readOperand(cursor)
    if (operand === OPERAND.subselect || (operand === OPERAND.knownCall && isKnownCall))
      inspection.hit(SQL.quotedOperator, place)
    if (operand !== OPERAND.constant) return
  }
  if (cursor.is(TOKEN.comment)) inspection.hit(SQL.quotedComment, place)
}
