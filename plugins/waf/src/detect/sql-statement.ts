import { SQL } from '../rules/sql-rules.ts'
import { wordNumber, wordNumbers } from '../scan/lexicon.ts'
import { BEFORE, whatStandsBefore, wordsBefore } from './before.ts'
import type { Inspection } from './inspection.ts'
import { type SqlCursor, TOKEN } from './sql-cursor.ts'
import { AFTER_TABLE } from './sql-select.ts'

const SELECT = wordNumber('select')
const FROM = wordNumber('from')
const INTO = wordNumber('into')
const VALUES_WORD = wordNumber('values')
const SET_WORD = wordNumber('set')
const TABLE_KINDS = wordNumbers(
  'table database index view user users schema procedure function trigger role login tablespace column',
)

/** INSERT, UPDATE, DELETE, DROP, CREATE …: a whole statement, above all behind a semicolon or quote. */
export function detectStatement(inspection: Inspection, place: number, behind: number): void {
  const { cursor } = inspection
  const before = whatStandsBefore(inspection, place)
  cursor.reset(inspection.text, behind, inspection.end)
  if (!readsAsStatement(inspection, place, cursor)) return
  const isSecond = before === BEFORE.semicolon || before === BEFORE.quote || before === BEFORE.close
  if (isSecond) inspection.hit(SQL.stackedStatement, place)
  else inspection.hit(SQL.statement, place)
  if (isSecond && cursor.is(TOKEN.comment)) inspection.hit(SQL.commentTail, place)
  if (before === BEFORE.start && !cursor.is(TOKEN.end)) inspection.hit(SQL.knownCall, place)
}

function readsAsStatement(inspection: Inspection, place: number, cursor: SqlCursor): boolean {
  const { text } = inspection
  if (text.startsWith('insert', place) || text.startsWith('replace', place) || text.startsWith('merge', place)) {
    if (!cursor.isWord(INTO)) return false
    return (
      skipTable(cursor) &&
      (cursor.is(TOKEN.open) || cursor.isWord(VALUES_WORD) || cursor.isWord(SELECT) || cursor.isWord(SET_WORD))
    )
  }
  if (text.startsWith('delete', place)) {
    if (!cursor.isWord(FROM)) return false
    return skipTable(cursor) && isStatementEnd(cursor)
  }
  if (text.startsWith('update', place)) {
    if (!cursor.is(TOKEN.word)) return false
    cursor.next()
    if (!cursor.isWord(SET_WORD)) return false
    cursor.next()
    cursor.next()
    return cursor.is(TOKEN.compare)
  }
  const isChange = text.startsWith('create', place) || text.startsWith('alter', place)
  if (isChange) skipModifiers(cursor)
  if (!cursor.is(TOKEN.word) || !TABLE_KINDS.has(cursor.word) || !skipTable(cursor)) return false
  return isStatementEnd(cursor) || cursor.is(TOKEN.open) || (isChange && describesObject(cursor))
}

/** `create OR REPLACE function`, `create UNIQUE index`. */
function skipModifiers(cursor: SqlCursor): void {
  for (let steps = 0; steps < 3 && !(cursor.is(TOKEN.word) && TABLE_KINDS.has(cursor.word)); steps++) cursor.next()
}

/** What `create table x` and `alter user x` go on with; in prose any other word follows. */
function describesObject(cursor: SqlCursor): boolean {
  return /^(?:as|add|drop|alter|modify|change|rename|set|select|like|with|identified|on|exists|owner|returns?|using|for|from|engine|default|not|after|before|enable|disable|convert|collate|login|password)\b/.test(
    cursor.text.slice(cursor.start, cursor.start + 12),
  )
}

/** COPY, ATTACH, HANDLER, PREPARE: words of prose, but for the place and what follows them. */
export function detectRareStatement(inspection: Inspection, place: number, behind: number): void {
  const rest = inspection.text.slice(behind, Math.min(inspection.end, behind + 60))
  if (!/^\s*\(\s*select\b|^\s+(?:database\s+['"]|[\w.]{1,40}\s+(?:from|to|open)\b)/.test(rest)) return
  const before = whatStandsBefore(inspection, place)
  const isSecond = before === BEFORE.semicolon || before === BEFORE.quote || before === BEFORE.close
  if (isSecond && wordsBefore(inspection, place) <= 2) inspection.hit(SQL.stackedStatement, place)
}

/** Goes behind `WORD name.name`; false if there is no name. */
function skipTable(cursor: SqlCursor): boolean {
  cursor.next()
  if (!cursor.is(TOKEN.word) && !cursor.is(TOKEN.string)) return false
  cursor.next()
  while (cursor.is(TOKEN.other) && cursor.text.charCodeAt(cursor.start) === 46) {
    cursor.next()
    if (cursor.is(TOKEN.word)) cursor.next()
  }
  return true
}

function isStatementEnd(cursor: SqlCursor): boolean {
  if (cursor.is(TOKEN.word)) return cursor.word >= 0 && AFTER_TABLE.has(cursor.word)
  return cursor.is(TOKEN.end) || cursor.is(TOKEN.comment) || cursor.is(TOKEN.semicolon) || cursor.is(TOKEN.close)
}

/** WAITFOR DELAY, EXEC, DECLARE @x, SHUTDOWN, PROCEDURE ANALYSE, INTO OUTFILE: odd words with one fixed follow-up. */
export function detectFixed(inspection: Inspection, place: number, behind: number): void {
  const { cursor, text } = inspection
  cursor.reset(text, behind, inspection.end)
  const follows = text.slice(cursor.start, cursor.start + 10)
  if (text.startsWith('waitfor', place)) {
    if (follows.startsWith('delay') || follows.startsWith('time')) inspection.hit(SQL.waitfor, place)
  } else if (text.startsWith('into', place)) {
    if (follows.startsWith('outfile') || follows.startsWith('dumpfile')) inspection.hit(SQL.outfile, place)
  } else if (text.startsWith('procedure', place)) {
    if (follows.startsWith('analyse')) inspection.hit(SQL.execute, place)
  } else if (text.startsWith('exec', place)) detectExecute(inspection, place, follows)
  else if (text.startsWith('declare', place)) {
    if (cursor.is(TOKEN.variable)) inspection.hit(SQL.stackedStatement, place)
  } else if (text.startsWith('shutdown', place)) {
    if (whatStandsBefore(inspection, place) === BEFORE.semicolon && !cursor.is(TOKEN.word))
      inspection.hit(SQL.stackedStatement, place)
  }
}

function detectExecute(inspection: Inspection, place: number, follows: string): void {
  const { cursor } = inspection
  if (/^(?:xp_|sp_|master|immediate)/.test(follows)) inspection.hit(SQL.execute, place)
  else if (cursor.is(TOKEN.variable)) inspection.hit(SQL.execute, place)
  else if (cursor.is(TOKEN.open)) {
    cursor.next()
    if (!cursor.is(TOKEN.string) && !cursor.is(TOKEN.variable)) return
    const before = whatStandsBefore(inspection, place)
    const isSecond = before === BEFORE.semicolon || before === BEFORE.quote || before === BEFORE.start
    inspection.hit(isSecond ? SQL.execute : SQL.knownCall, place)
  }
}
