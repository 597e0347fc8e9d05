import { SQL } from '../rules/sql-rules.ts'
import { wordNumber } from '../scan/lexicon.ts'
import { BEFORE, whatStandsBefore, wordsBefore } from './before.ts'
import type { Inspection } from './inspection.ts'
import { isComparison, skipComparison } from './sql-condition.ts'
import { TOKEN } from './sql-cursor.ts'
import { OPERAND, readOperand } from './sql-operand.ts'

const BY = wordNumber('by')
const WHEN_WORD = wordNumber('when')
const THEN_WORD = wordNumber('then')

/** ORDER BY / GROUP BY numbers. */
export function detectOrderBy(inspection: Inspection, place: number, behind: number): void {
  const { cursor } = inspection
  cursor.reset(inspection.text, behind, inspection.end)
  if (!cursor.isWord(BY)) return
  cursor.next()
  const isNumber = cursor.is(TOKEN.number)
  const operand = readOperand(cursor)
  const before = whatStandsBefore(inspection, place)
  if (operand === OPERAND.subselect || operand === OPERAND.knownCall) inspection.hit(SQL.knownCall, place)
  const isEnd = cursor.is(TOKEN.end) || cursor.is(TOKEN.comment) || cursor.is(TOKEN.comma)
  if (before === BEFORE.word || wordsBefore(inspection, place) > 2) return
  const hasTail = cursor.is(TOKEN.comment) || cursor.is(TOKEN.comma) || isComparison(cursor)
  if ((isNumber && isEnd) || (before === BEFORE.quote && hasTail) || (hasTail && cursor.is(TOKEN.comment))) {
    inspection.hit(SQL.orderBy, place)
  }
}

/** HAVING or WHERE with a comparison. */
export function detectHaving(inspection: Inspection, place: number, behind: number): void {
  const { cursor } = inspection
  cursor.reset(inspection.text, behind, inspection.end)
  const left = readOperand(cursor)
  if (left === OPERAND.none || !isComparison(cursor)) return
  const isSign = cursor.is(TOKEN.compare)
  skipComparison(cursor)
  const right = readOperand(cursor)
  const before = whatStandsBefore(inspection, place)
  if (!isSign || right === OPERAND.none) return
  const isConstant = (left === OPERAND.constant || left === OPERAND.knownCall) && right !== OPERAND.name
  // `use group by with having count(*) > 1`: talk about a statement.
  const isTalk = left === OPERAND.knownCall && before === BEFORE.word && wordsBefore(inspection, place) > 3
  if (isConstant && !isTalk && inspection.text.startsWith('having', place)) inspection.hit(SQL.groupHaving, place)
  else if (before === BEFORE.quote || (isConstant && !isTalk)) inspection.hit(SQL.whereClause, place)
  if (before === BEFORE.quote || (isConstant && before !== BEFORE.word)) inspection.hit(SQL.quotedClause, place)
}

/** CASE [x] WHEN … THEN. */
export function detectCase(inspection: Inspection, place: number, behind: number): void {
  const { cursor } = inspection
  cursor.reset(inspection.text, behind, inspection.end)
  if (!cursor.isWord(WHEN_WORD)) readOperand(cursor)
  if (!cursor.isWord(WHEN_WORD)) return
  cursor.next()
  readOperand(cursor)
  if (!isComparison(cursor) && !cursor.isWord(THEN_WORD)) return
  skipComparison(cursor)
  const right = readOperand(cursor)
  if (cursor.isWord(THEN_WORD) || right === OPERAND.constant) inspection.hit(SQL.caseWhen, place)
}

/** IF(condition, … */
export function detectIf(inspection: Inspection, place: number, behind: number): void {
  const { cursor } = inspection
  cursor.reset(inspection.text, behind, inspection.end)
  if (!cursor.is(TOKEN.open)) return
  cursor.next()
  const left = readOperand(cursor)
  if (left === OPERAND.none || !isComparison(cursor)) return
  skipComparison(cursor)
  readOperand(cursor)
  if (cursor.is(TOKEN.comma)) inspection.hit(SQL.caseWhen, place)
}
