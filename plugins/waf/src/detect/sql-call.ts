import { SQL } from '../rules/sql-rules.ts'
import { FAMILIES, FAMILY } from '../scan/lexicon.ts'
import { BEFORE, isStillCoded, whatStandsBefore } from './before.ts'
import type { Inspection } from './inspection.ts'
import { type SqlCursor, TOKEN } from './sql-cursor.ts'

/** A word that is a function of databases: followed by its bracket? */
export function detectCall(inspection: Inspection, place: number, found: { behind: number; word: number }): void {
  const { cursor } = inspection
  const families = FAMILIES[found.word] ?? 0
  cursor.reset(inspection.text, found.behind, inspection.end)
  skipMember(cursor)
  if (!cursor.is(TOKEN.open)) return
  const isStrong = (families & FAMILY.sqlStrong) !== 0
  const gap = cursor.start - found.behind
  cursor.next()
  const isSleep = inspection.text.startsWith('sleep', place)
  if (isSleep ? cursor.is(TOKEN.number) && gap === 0 : isStrong) {
    const before = whatStandsBefore(inspection, place)
    const isProse = (before === BEFORE.word && gap > 0) || (isSleep && goesOnAsProse(inspection))
    inspection.hit(isProse ? SQL.knownCall : SQL.dangerousCall, place)
    return
  }
  if (gap > 0 || (families & FAMILY.sqlFunction) === 0) return
  const isNested =
    cursor.is(TOKEN.word) && cursor.word >= 0 && ((FAMILIES[cursor.word] ?? 0) & FAMILY.sqlFunction) !== 0
  if (isNested) {
    cursor.next()
    if (cursor.is(TOKEN.open)) inspection.hit(SQL.nestedCall, place)
  }
  if (whatStandsBefore(inspection, place) !== BEFORE.word) inspection.hit(SQL.knownCall, place)
}

/** `sleep(8) hours`: no statement goes on with a word that SQL does not know. */
function goesOnAsProse(inspection: Inspection): boolean {
  const { cursor } = inspection
  cursor.next()
  if (!cursor.is(TOKEN.close)) return false
  if (isStillCoded(inspection, cursor.at)) return true
  cursor.next()
  return cursor.is(TOKEN.word) && cursor.word < 0
}

/** `utl_http.request(`: the member that is called. */
function skipMember(cursor: SqlCursor): void {
  if (!cursor.is(TOKEN.other) || cursor.text.charCodeAt(cursor.start) !== 46) return
  cursor.next()
  if (cursor.is(TOKEN.word)) cursor.next()
}
