import { SQL } from '../rules/sql-rules.ts'
import { FAMILIES, FAMILY, wordNumbers } from '../scan/lexicon.ts'
import { isStillCoded, wordsBefore } from './before.ts'
import type { Inspection } from './inspection.ts'
import { detectCall } from './sql-call.ts'
import { detectCase, detectHaving, detectIf, detectOrderBy } from './sql-clause.ts'
import { detectCondition } from './sql-condition.ts'
import { detectSelect, detectUnion } from './sql-select.ts'
import { detectFixed, detectRareStatement, detectStatement } from './sql-statement.ts'

type SqlDetector = (inspection: Inspection, place: number, behind: number) => void

const BY_WORD: ReadonlyMap<number, SqlDetector> = new Map(
  (
    [
      ['and or xor', detectCondition],
      ['union intersect except minus eunion e0union e1union', detectUnion],
      ['select', detectSelect],
      ['order group', detectOrderBy],
      ['having where', detectHaving],
      ['insert update delete drop create alter truncate merge grant revoke rename replace', detectStatement],
      ['waitfor exec execute declare shutdown procedure into', detectFixed],
      ['copy attach handler prepare', detectRareStatement],
      ['case', detectCase],
      ['if', detectIf],
    ] as const
  ).flatMap(([words, detector]) => [...wordNumbers(words)].map((word) => [word, detector] as const)),
)

/** A word of SQL: a statement, a clause, a condition, a call or the name of a table that describes the database. */
export function detectSqlWord(inspection: Inspection, place: number, found: { behind: number; word: number }): void {
  if (isStillCoded(inspection, found.behind)) return
  const detector = BY_WORD.get(found.word)
  if (detector !== undefined) detector(inspection, place, found.behind)
  const families = FAMILIES[found.word] ?? 0
  if ((families & (FAMILY.sqlFunction | FAMILY.sqlStrong)) !== 0) detectCall(inspection, place, found)
  if ((families & FAMILY.sqlSystem) !== 0) detectSystemName(inspection, place, found.behind)
}

/** `information_schema.tables`: a mention in prose weighs nothing, beside other signs it does. */
function detectSystemName(inspection: Inspection, place: number, behind: number): void {
  const isPart = inspection.text.charCodeAt(place - 1) === 46 || inspection.code(behind) === 46
  const name = inspection.text.slice(place, behind)
  if (!/_|^sys(?:objects|columns|ibm|cat|users)|\$/.test(name)) return
  if (isPart || wordsBefore(inspection, place) <= 1) inspection.hit(SQL.systemName, place)
}

/** `@@`: a variable of the server. */
export function detectServerVariable(inspection: Inspection, place: number): void {
  const rest = inspection.text.slice(place, Math.min(inspection.end, place + 24))
  if (
    /^@@(?:version|global|hostname|servername|datadir|basedir|user|language|rowcount|identity|max_|microsoftversion|tmpdir|session|innodb|new|spid|connections|dbts|error|fetch)/.test(
      rest,
    )
  ) {
    inspection.hit(SQL.serverVariable, place)
  }
}

/** `/*!`: a comment that MySQL runs. */
export function detectVersionComment(inspection: Inspection, place: number): void {
  const rest = inspection.text.slice(place, Math.min(inspection.end, place + 12))
  if (/^\/\*!(?:\d{5,6}|[a-z])/.test(rest)) inspection.hit(SQL.versionComment, place)
}
