import { SQL } from '../rules/sql-rules.ts'
import { isBlank } from '../scan/char-classes.ts'
import { wordNumbers } from '../scan/lexicon.ts'
import { BEFORE, whatStandsBefore, wordsBefore } from './before.ts'
import type { Inspection } from './inspection.ts'
import { type SqlCursor, TOKEN } from './sql-cursor.ts'
import { OPERAND, readOperand } from './sql-operand.ts'

const COMPARING_WORDS = wordNumbers('like rlike regexp is in between sounds not glob div mod')

/** AND, OR, XOR, `&&`, `||` at `place`, what follows begins at `behind`: a condition an attacker adds? */
export function detectCondition(inspection: Inspection, place: number, behind: number): void {
  const { cursor } = inspection
  cursor.reset(inspection.text, behind, inspection.end)
  const from = cursor.start
  const left = readOperand(cursor)
  if (left === OPERAND.none) return
  const before = whatStandsBefore(inspection, place)
  if (cursor.hasComment) inspection.hit(SQL.commentedWord, place)
  if (!isComparison(cursor)) {
    detectTruth(inspection, place, { before, left, from })
    return
  }
  const isSign = cursor.is(TOKEN.compare)
  skipComparison(cursor)
  const right = readOperand(cursor)
  judge(inspection, place, { before, left, right, isSign })
}

function judge(
  inspection: Inspection,
  place: number,
  found: { before: number; left: number; right: number; isSign: boolean },
): void {
  const { before, left, right, isSign } = found
  const isConstant = isConstantLike(left) && (isConstantLike(right) || right === OPERAND.none)
  if (left === OPERAND.subselect || right === OPERAND.subselect) {
    inspection.hit(SQL.subselect, place)
    if (isSign) inspection.hit(SQL.condition, place)
  }
  const isQuoted = before === BEFORE.quote && endsString(inspection, place) && wordsBefore(inspection, place) <= 3
  if (isConstant && right !== OPERAND.none && (isSign || before !== BEFORE.word)) {
    if (isQuoted) inspection.hit(SQL.quotedCondition, place)
    else if (before !== BEFORE.word && inspection.cursor.is(TOKEN.comment)) inspection.hit(SQL.commentTail, place)
    inspection.hit(before !== BEFORE.quote && goesOnAsProse(inspection.cursor) ? SQL.condition : SQL.tautology, place)
  } else if (isQuoted) inspection.hit(SQL.quotedCondition, place)
  else if (isSign && (before === BEFORE.number || before === BEFORE.close || before === BEFORE.start)) {
    inspection.hit(SQL.condition, place)
    if (left === OPERAND.knownCall || right === OPERAND.knownCall) inspection.hit(SQL.knownCall, place)
    if (inspection.cursor.is(TOKEN.comment)) inspection.hit(SQL.commentTail, place)
  } else if (before === BEFORE.number && right === OPERAND.constant) {
    // `1 or id is not null`
    inspection.hit(SQL.condition, place)
    inspection.hit(SQL.knownCall, place)
  }
}

/** `1 or 1 = 1 is a tautology`: no statement goes on with a word that SQL does not know. */
function goesOnAsProse(cursor: SqlCursor): boolean {
  if (isComparison(cursor)) cursor.next()
  return cursor.is(TOKEN.word) && cursor.word < 0 && isBlank(cursor.text.charCodeAt(cursor.start - 1))
}

/** Whether the quote before the place would end a string that the value stands in: it is the first, third … one. */
function endsString(inspection: Inspection, place: number): boolean {
  // `"it's" or "that's"`: an exact search, whose quotes come in pairs.
  if (inspection.code(place - 1) === 32 && inspection.code(place - 2) === 34) return inspection.doubleQuotes % 2 === 1
  return inspection.singleQuotes % 2 === 1 || inspection.doubleQuotes % 2 === 1
}

/** `' or 1`, `1 or true--`: true without a comparison. */
function detectTruth(
  inspection: Inspection,
  place: number,
  found: { before: number; left: number; from: number },
): void {
  const { cursor } = inspection
  const { before, left, from } = found
  const isEnd = cursor.is(TOKEN.end) || cursor.is(TOKEN.comment) || cursor.is(TOKEN.semicolon)
  if (left === OPERAND.subselect && before !== BEFORE.word) {
    inspection.hit(SQL.subselect, place)
    if (before === BEFORE.number || before === BEFORE.quote) inspection.hit(SQL.condition, place)
  }
  if (!isEnd || wordsBefore(inspection, place) > 2) return
  // `the 'or' operator`: what seems to begin a string ends one.
  const words = wordsBefore(inspection, place)
  const isCut =
    (cursor.isUnterminated && (words > 1 || (words > 0 && isBlank(inspection.code(from + 1))))) ||
    isMeasure(inspection, from)
  if (before === BEFORE.quote && isConstantLike(left) && endsString(inspection, place) && !isCut) {
    inspection.hit(SQL.quotedTruth, place)
    if (cursor.is(TOKEN.comment)) inspection.hit(SQL.commentTail, place)
  } else if (
    before !== BEFORE.word &&
    isConstantLike(left) &&
    (cursor.is(TOKEN.comment) || inspection.code(from) === 126)
  )
    inspection.hit(SQL.quotedTruth, place)
  else if (before === BEFORE.number && left === OPERAND.knownCall) inspection.hit(SQL.condition, place)
}

/** `5' or 6'`: feet and inches; behind a number no string can begin. */
function isMeasure(inspection: Inspection, from: number): boolean {
  return /^\d+(?:\.\d+)?["']/.test(inspection.text.slice(from, Math.min(inspection.end, from + 12)))
}

function isConstantLike(operand: number): boolean {
  return operand === OPERAND.constant || operand === OPERAND.knownCall
}

/** Whether the cursor stands at a comparing sign or word. */
export function isComparison(cursor: SqlCursor): boolean {
  return cursor.is(TOKEN.compare) || (cursor.is(TOKEN.word) && cursor.word >= 0 && COMPARING_WORDS.has(cursor.word))
}

/** Goes behind `not like`, `is not`, `= all`. */
export function skipComparison(cursor: SqlCursor): void {
  for (let steps = 0; steps < 3 && isComparison(cursor); steps++) cursor.next()
}
