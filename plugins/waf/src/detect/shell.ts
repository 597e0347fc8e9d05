import { COMMAND } from '../rules/command-rules.ts'
import { isBlank, isDigit, isWordCode } from '../scan/char-classes.ts'
import { FAMILIES, FAMILY, wordNumber, wordNumbers } from '../scan/lexicon.ts'
import { wordsBefore } from './before.ts'
import type { Inspection } from './inspection.ts'

/** Commands that mean something without any argument. */
const ALONE = wordNumbers(
  'id whoami ls dir uname ifconfig ipconfig netstat pwd env printenv ps hostname systeminfo phpinfo getent lsb_release cat w reboot halt shutdown',
)
const IFS = wordNumber('ifs')
const FOLDER = /(?:\/|\\)(?:s?bin|local\/bin)(?:\/|\\)$/

/** A word that is a command: does it stand behind a separator, in a substitution or in a folder of programs? */
export function detectCommand(inspection: Inspection, place: number, found: { behind: number; word: number }): void {
  if (found.word === IFS) {
    detectBlankVariable(inspection, place)
    return
  }
  const isPlain = ((FAMILIES[found.word] ?? 0) & FAMILY.command) === 0
  const separator = separatorBefore(inspection, place)
  if (separator === 0) {
    detectFolder(inspection, place)
    if (!isPlain && place <= inspection.start + 1) detectWhole(inspection, place, found)
    return
  }
  if (!(separator === 40 ? isBlank(inspection.code(found.behind)) : false) && !hasArgument(inspection, found)) return
  if (separator === 124 && isListItem(inspection, place, found)) return
  if (separator === 40 || (separator === 96 && isSubstitution(inspection, place))) {
    inspection.hit(COMMAND.substitution, place)
  } else if (separator !== 96) inspection.hit(isPlain ? COMMAND.separatedPlain : COMMAND.separated, place)
  if (isPlain && isTelling(inspection, found.behind)) inspection.hit(COMMAND.separated, place)
}

/** `$IFS`, `${IFS}`. */
function detectBlankVariable(inspection: Inspection, place: number): void {
  const previous = inspection.code(place - 1)
  if (previous === 36 || (previous === 123 && inspection.code(place - 2) === 36))
    inspection.hit(COMMAND.blankVariable, place)
}

/** The separator directly before the word (blanks and a folder of programs left out), 40 for `$(`, 0 for none. */
function separatorBefore(inspection: Inspection, place: number): number {
  let at = place - 1
  const folder = FOLDER.exec(inspection.text.slice(Math.max(inspection.start, place - 16), place))
  if (folder !== null) {
    at = place - folder[0].length - 1
    while (at > place - 24 && (isWordCode(inspection.code(at)) || inspection.code(at) === 47)) at--
  }
  let hasBreak = false
  for (let steps = 0; steps < 12; steps++, at--) {
    const code = inspection.code(at)
    if (code === 10) hasBreak = true
    if (at < inspection.start || !(isBlank(code) || code === 34 || code === 39 || code === 92)) break
  }
  const code = inspection.code(at)
  if (code === 59 || code === 124 || code === 38 || code === 96) return code
  if (code === 40 && (inspection.code(at - 1) === 36 || inspection.code(at - 1) === 60)) return 40
  return hasBreak && at - inspection.start < 24 && isShort(inspection) ? 59 : 0
}

function isShort(inspection: Inspection): boolean {
  return inspection.end - inspection.start < 120
}

/** `a|type|b`: names joined with bars. */
function isListItem(inspection: Inspection, place: number, found: { behind: number; word: number }): boolean {
  if (inspection.code(place - 1) !== 124 || inspection.code(found.behind) !== 124) return false
  return !ALONE.has(found.word) || !isShort(inspection)
}

/** Backticks are also how Markdown marks code: only without prose before them. */
function isSubstitution(inspection: Inspection, place: number): boolean {
  return wordsBefore(inspection, place) <= 1
}

/** What follows a command when it is one: its end, an option, a path, a quote, a variable or another separator. */
function hasArgument(inspection: Inspection, found: { behind: number; word: number }): boolean {
  let at = found.behind
  if (inspection.code(at) === 46 && inspection.text.startsWith('.exe', at)) at += 4
  const first = inspection.code(at)
  if (first === 0) return ALONE.has(found.word)
  if (isBlank(first) || first === 43 ? false : !isShort(inspection)) return false
  if (first === 59 || first === 124 || first === 96 || first === 36 || first === 60) return true
  if (first === 38) return inspection.code(at + 1) === 38 || inspection.code(at + 1) === 0 || ALONE.has(found.word)
  if (first === 41 || first === 34 || first === 39 || first === 35 || first === 92)
    return ALONE.has(found.word) || first === 92 || first === 41
  if (!isBlank(first) && first !== 43) return first === 47
  while (isBlank(inspection.code(at)) && at < inspection.end) at++
  const next = inspection.code(at)
  if (next === 0) return ALONE.has(found.word)
  if (next === 61 || next === 58) return false
  if (next === 45) return isWordCode(inspection.code(at + 1)) || inspection.code(at + 1) === 45
  if ('-/\\$"\'`;|&.~*>#%{'.includes(String.fromCharCode(next))) return true
  return isDigit(next) || isCommandWord(inspection, found, at)
}

/** A bare word as an argument: plausible in a short value only. */
function isCommandWord(inspection: Inspection, found: { word: number }, at: number): boolean {
  return (
    isShort(inspection) &&
    isWordCode(inspection.code(at)) &&
    ((FAMILIES[found.word] ?? 0) & FAMILY.shell) !== 0 &&
    inspection.end - at < 60
  )
}

/** The argument of a plain word is plainly one of a command. */
function isTelling(inspection: Inspection, behind: number): boolean {
  const rest = inspection.text.slice(behind, Math.min(inspection.end, behind + 24))
  return /^(?:\$ifs|\s+(?:-[a-z]\b|\$[({a-z]|\d+\s*(?:$|[;|&#"'`])|\/\w+\/|["'`\\]?[a-z]{6}\$\(|\w{5,8}(?:\$|\\n|[;|&]|$)))/.test(
    rest,
  )
}

/** The whole value is a command line: `ls -l /x`, `dir c:\\x`. */
function detectWhole(inspection: Inspection, place: number, found: { behind: number }): void {
  const line = inspection.text.slice(found.behind, Math.min(inspection.end, found.behind + 40))
  const isLine =
    /^\s+(?:-[a-z]{1,6}\s+(?:\S{1,12}\s+){0,2}[/~]\w|[a-z]:\\|\/(?:etc|bin|usr|var|tmp|home|proc|root|dev)\b|(?:-\w+\s+)*https?:\/\/|-[lnvpe]{2,5}\s+\d)/.test(
      line,
    )
  if (isLine) inspection.hit(COMMAND.wholeLine, place)
}

function detectFolder(inspection: Inspection, place: number): void {
  const folder = FOLDER.exec(inspection.text.slice(Math.max(inspection.start, place - 16), place))
  if (folder !== null) inspection.hit(COMMAND.binary, place)
}

/** `$(`: arithmetic or a command that is in no list. */
export function detectDollar(inspection: Inspection, place: number): void {
  const rest = inspection.text.slice(place, Math.min(inspection.end, place + 40))
  if (/^\$\(\(\s*\d+\s*[-+*/%]\s*\d+\s*\)\)/.test(rest)) inspection.hit(COMMAND.arithmetic, place)
  else if (/^\$\(\s*<\s*\/|^\$\{ifs/.test(rest)) inspection.hit(COMMAND.blankVariable, place)
}

/** `() {`: the head of a function. */
export function detectFunctionHead(inspection: Inspection, place: number): void {
  const rest = inspection.text.slice(place, Math.min(inspection.end, place + 24))
  if (place > inspection.start && isWordCode(inspection.code(place - 1))) return
  if (/^\(\)[\s.]*\{[\s.]*(?:[:_\w]{0,8}[\s.]*;[\s.]*\}|_;?[\s.]*\}?[\s.]*>|\d\s*<<|function \w+ \w+>)/.test(rest))
    inspection.hit(COMMAND.shellshock, place)
}

/** `/???/`: a path made of wildcards. */
export function detectGlob(inspection: Inspection, place: number): void {
  const from = Math.max(inspection.start, place - 8)
  const near = inspection.text.slice(from, Math.min(inspection.end, place + 24))
  if (/\/(?:[a-z]{0,2}\?{1,3}[a-z]?){1,2}\/[a-z?*]{1,8}/.test(near) && !/\?\w+=/.test(near))
    inspection.hit(COMMAND.glob, place)
}
