import { SQL } from '../rules/sql-rules.ts'
import { FAMILIES, FAMILY, wordNumber, wordNumbers } from '../scan/lexicon.ts'
import { BEFORE, whatStandsBefore, wordsBefore } from './before.ts'
import type { Inspection } from './inspection.ts'
import { isComparison, skipComparison } from './sql-condition.ts'
import { type SqlCursor, TOKEN } from './sql-cursor.ts'
import { OPERAND, readOperand } from './sql-operand.ts'

const SELECT = wordNumber('select')
const TOP = wordNumber('top')
const FROM = wordNumber('from')
const AS = wordNumber('as')
const VALUES = wordNumber('values')
const ROW = wordNumber('row')
const SET_PREFIX = wordNumbers('all distinct distinctrow top select')
/** Words that may follow the name of a table. */
export const AFTER_TABLE = wordNumbers(
  'where limit order group union join as inner left right natural cross having into procedure for',
)
const MAX_ITEMS = 24

/** UNION … SELECT. */
export function detectUnion(inspection: Inspection, place: number, behind: number): void {
  const { cursor } = inspection
  cursor.reset(inspection.text, behind, inspection.end)
  for (let steps = 0; steps < 12; steps++) {
    if (cursor.isWord(SELECT)) {
      cursor.next()
      const isBroken = whatStandsBefore(inspection, place) !== BEFORE.word
      const operand = readOperand(cursor)
      if (!isBroken && operand <= OPERAND.name && isUnknownWord(cursor)) return
      if (operand !== OPERAND.none || !cursor.is(TOKEN.end) || isBroken) inspection.hit(SQL.unionSelect, place)
      if (isBroken && operand !== OPERAND.none && !isUnknownWord(cursor)) inspection.hit(SQL.unionList, place)
      return
    }
    if (cursor.isWord(VALUES)) {
      cursor.next()
      if (cursor.is(TOKEN.open) || cursor.isWord(ROW)) inspection.hit(SQL.unionSelect, place)
      return
    }
    if (!cursor.is(TOKEN.open) && !(cursor.is(TOKEN.word) && SET_PREFIX.has(cursor.word))) return
    cursor.next()
  }
}

/** `how to union select in sql`: two words in a row are no list of columns. */
function isUnknownWord(cursor: SqlCursor): boolean {
  return cursor.is(TOKEN.word) && cursor.word < 0
}

/** What one list of a SELECT is made of. */
interface SelectList {
  items: number
  hasSign: boolean
  isProse: boolean
  hasFrom: boolean
}

/** SELECT list [FROM table]. */
export function detectSelect(inspection: Inspection, place: number, behind: number): void {
  const { cursor } = inspection
  // 'select' in quotes is a word that somebody talks about.
  const quote = inspection.code(place - 1)
  if ((quote === 39 || quote === 34) && inspection.code(behind) === quote) return
  cursor.reset(inspection.text, behind, inspection.end)
  const before = whatStandsBefore(inspection, place)
  const list = readList(cursor)
  if (list.isProse) return
  if (!list.hasFrom) {
    detectValues(inspection, place, { list, before })
    return
  }
  cursor.next()
  detectTable(inspection, place, { list, before })
}

function readList(cursor: SqlCursor): SelectList {
  const list: SelectList = { items: 0, hasSign: false, isProse: false, hasFrom: false }
  const hasTop = cursor.isWord(TOP)
  for (let steps = 0; steps < 3 && cursor.is(TOKEN.word) && SET_PREFIX.has(cursor.word); steps++) cursor.next()
  if (cursor.is(TOKEN.number) && hasTop) cursor.next()
  while (list.items < MAX_ITEMS) {
    if (cursor.isWord(FROM)) break
    const isName = cursor.is(TOKEN.word)
    const operand = readStar(cursor) ? OPERAND.constant : readOperand(cursor)
    if (operand === OPERAND.none) break
    list.items++
    if (!isName || operand !== OPERAND.name) list.hasSign = true
    for (let steps = 0; steps < 8 && cursor.is(TOKEN.logic); steps++) {
      cursor.next()
      readOperand(cursor)
    }
    if (cursor.isWord(AS)) {
      cursor.next()
      cursor.next()
    }
    if (cursor.is(TOKEN.comma)) {
      list.hasSign = true
      cursor.next()
      continue
    }
    if (isComparison(cursor)) {
      skipComparison(cursor)
      readOperand(cursor)
    }
    if (cursor.is(TOKEN.word) && !cursor.isWord(FROM)) list.isProse = !AFTER_TABLE.has(cursor.word)
    break
  }
  list.hasFrom = cursor.isWord(FROM)
  return list
}

/** `*` or `t.*` in a list. */
function readStar(cursor: SqlCursor): boolean {
  if (!cursor.is(TOKEN.arithmetic) || cursor.text.charCodeAt(cursor.start) !== 42) return false
  cursor.next()
  return true
}

function detectValues(inspection: Inspection, place: number, found: { list: SelectList; before: number }): void {
  const { cursor } = inspection
  if (!found.list.hasSign || found.list.items === 0) return
  const isEnd = cursor.is(TOKEN.end) || cursor.is(TOKEN.comment) || cursor.is(TOKEN.semicolon)
  if (found.before === BEFORE.open) {
    inspection.hit(SQL.subselect, place)
    if (/^["')\s]*\d+["')\s]*[-+*/%|&^]\s*\(+\s*$/.test(headOf(inspection, place))) inspection.hit(SQL.condition, place)
  } else if (isEnd && found.before !== BEFORE.word && wordsBefore(inspection, place) <= 2) {
    inspection.hit(SQL.selectValues, place)
    if (!cursor.is(TOKEN.end)) inspection.hit(SQL.knownCall, place)
    if (inspection.code(place - 1) === 59) inspection.hit(SQL.stackedStatement, place)
  }
}

/** What stands before the place if that is short, '' otherwise. */
function headOf(inspection: Inspection, place: number): string {
  return place - inspection.start > 24 ? '' : inspection.text.slice(inspection.start, place)
}

function detectTable(inspection: Inspection, place: number, found: { list: SelectList; before: number }): void {
  const { cursor } = inspection
  const { list, before } = found
  if (!cursor.is(TOKEN.word) && !cursor.is(TOKEN.open) && !cursor.is(TOKEN.string)) return
  const isSystem = cursor.word >= 0 && ((FAMILIES[cursor.word] ?? 0) & FAMILY.sqlSystem) !== 0
  const hasBracket = cursor.is(TOKEN.open)
  cursor.next()
  while (cursor.is(TOKEN.other) && cursor.text.charCodeAt(cursor.start) === 46) {
    cursor.next()
    if (cursor.is(TOKEN.word)) cursor.next()
  }
  const isClosed =
    !cursor.is(TOKEN.word) && !cursor.is(TOKEN.other)
      ? true
      : cursor.is(TOKEN.word) && cursor.word >= 0 && AFTER_TABLE.has(cursor.word)
  if (before === BEFORE.open && (list.hasSign || isClosed)) inspection.hit(SQL.subselect, place)
  if (isSystem) inspection.hit(SQL.selectFrom, place)
  if (!isClosed && !hasBracket && !isSystem) return
  if (list.hasSign || isSystem || (isClosed && before !== BEFORE.word && !cursor.is(TOKEN.end)))
    inspection.hit(SQL.selectFrom, place)
  const isWhole =
    before === BEFORE.start || before === BEFORE.semicolon || before === BEFORE.quote || before === BEFORE.close
  if (isWhole && isClosed && (list.hasSign || isSystem || cursor.is(TOKEN.semicolon)))
    inspection.hit(SQL.wholeSelect, place)
}
