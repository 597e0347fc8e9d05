import { FAMILIES, FAMILY, WORDS } from '../scan/lexicon.ts'
import { EVENT_ANCHOR } from '../scan/scanner.ts'
import { detectAddress } from './address.ts'
import { detectCodeWord, detectMarkupCode, detectSerialised } from './code.ts'
import { detectBrokenScheme, detectEvent, detectScheme, detectTag } from './html.ts'
import type { Inspection } from './inspection.ts'
import { detectFile, detectSteps } from './path.ts'
import { detectFilter, detectHeaderWord, detectQueryWord } from './query.ts'
import { detectScriptWord, detectSignScript } from './script.ts'
import { detectCommand, detectDollar, detectFunctionHead, detectGlob, detectSplitCommand } from './shell.ts'
import { detectServerVariable, detectSqlWord, detectVersionComment } from './sql.ts'
import { detectCondition } from './sql-condition.ts'
import { detectCommentedExpression } from './sql-expression.ts'
import { detectQuoteBreak } from './sql-quote.ts'
import { detectBraces, detectDirective, detectDollarBrace } from './template.ts'

/** An attack at every sensitivity: the rest of the value is left alone. */
const ENOUGH = 8
const SQL_BITS = FAMILY.sql | FAMILY.sqlFunction | FAMILY.sqlStrong | FAMILY.sqlSystem

/** Asks, at every anchor the scanner found, the detectors that know what stands there. */
export function detectAnchors(inspection: Inspection): void {
  const { scanner } = inspection
  detectSerialised(inspection)
  detectCommentedExpression(inspection)
  for (let index = 0; index < scanner.count && inspection.score < ENOUGH; index++) {
    const kind = scanner.kinds[index] ?? 0
    const place = scanner.places[index] ?? 0
    if (kind === EVENT_ANCHOR) detectEvent(inspection, place)
    else if (kind >= 0) detectWord(inspection, place, kind)
    else detectSign(inspection, place, -kind)
  }
}

function detectWord(inspection: Inspection, place: number, word: number): void {
  const families = FAMILIES[word] ?? 0
  const found = { word, behind: place + (WORDS[word]?.length ?? 0) }
  if ((families & SQL_BITS) !== 0) detectSqlWord(inspection, place, found)
  if ((families & FAMILY.html) !== 0) detectScheme(inspection, place, found.behind)
  if ((families & FAMILY.script) !== 0) detectScriptWord(inspection, place, found)
  if ((families & FAMILY.shell) !== 0) detectCommand(inspection, place, found)
  if ((families & FAMILY.path) !== 0) detectFile(inspection, place)
  if ((families & FAMILY.code) !== 0) detectCodeWord(inspection, place, found)
  if ((families & FAMILY.address) !== 0) detectAddress(inspection, place, found)
  if ((families & FAMILY.query) !== 0) detectQueryWord(inspection, place, found.behind)
  if ((families & FAMILY.header) !== 0) detectHeaderWord(inspection, place, found.behind)
}

function detectSign(inspection: Inspection, place: number, code: number): void {
  switch (code) {
    case 39: // '
      if (!isRun(inspection, place)) detectQuoteBreak(inspection, place, inspection.singleQuotes)
      detectSplitCommand(inspection, place)
      inspection.singleQuotes++
      return
    case 34: // "
      if (!isRun(inspection, place)) detectQuoteBreak(inspection, place, inspection.doubleQuotes)
      detectSplitCommand(inspection, place)
      inspection.doubleQuotes++
      return
    case 60: // <
      detectTag(inspection, place)
      detectDirective(inspection, place)
      detectMarkupCode(inspection, place)
      return
    case 46: // ..
      detectSteps(inspection, place)
      return
    case 124: // ||
    case 38: // &&
      if (inspection.code(place + 2) !== code && inspection.code(place - 1) !== code)
        detectCondition(inspection, place, place + 2)
      return
    case 36: // $
      if (inspection.code(place + 1) === 123) detectDollarBrace(inspection, place)
      detectDollar(inspection, place)
      return
    case 35: // #{
    case 37: // %{
      detectDollarBrace(inspection, place)
      return
    default:
      detectRareSign(inspection, place, code)
  }
}

/** The middle of a run of the same sign: only its ends can mean anything. */
function isRun(inspection: Inspection, place: number): boolean {
  const code = inspection.text.charCodeAt(place)
  return (
    inspection.code(place - 1) === code && inspection.code(place + 1) === code && inspection.code(place + 2) === code
  )
}

function detectRareSign(inspection: Inspection, place: number, code: number): void {
  switch (code) {
    case 123: // {
      detectBraces(inspection, place)
      return
    case 40: // (
      if (inspection.code(place + 1) === 33) detectSignScript(inspection, place)
      if (inspection.code(place + 1) === 41) detectFunctionHead(inspection, place)
      else if (inspection.code(place + 2) === 40 || inspection.code(place + 2) <= 32) detectFilter(inspection, place)
      return
    case 42: // *
      detectFilter(inspection, place)
      return
    case 58: // :
      detectBrokenScheme(inspection, place)
      return
    case 64: // @@
      detectServerVariable(inspection, place)
      return
    case 47: // /
      if (inspection.code(place + 1) === 42) detectVersionComment(inspection, place)
      else detectGlob(inspection, place)
      return
    case 63: // ??
      detectGlob(inspection, place)
      return
    default:
  }
}
