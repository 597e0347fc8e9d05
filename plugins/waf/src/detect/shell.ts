import { COMMAND } from '../rules/command-rules.ts'
import { isBlank, isDigit, isWordCode } from '../scan/char-classes.ts'
import { FAMILIES, FAMILY, wordNumber, wordNumbers } from '../scan/lexicon.ts'
import { wordsAfter, wordsBefore } from './before.ts'
import type { Inspection } from './inspection.ts'
import { TOKEN } from './sql-cursor.ts'

/** Commands that mean something without any argument. */
const ALONE = wordNumbers(
  'id whoami ls dir uname ifconfig ipconfig netstat pwd env printenv ps hostname systeminfo phpinfo getent lsb_release cat w reboot halt shutdown tasklist',
)
/** Commands whose argument may be a bare number; `id 5` and `node 22` are prose. */
const NUMBERED = wordNumbers(
  'ping nc ncat netcat telnet chmod chown kill nslookup dig traceroute tracert ssh ftp tftp curl wget nmap bash sh mkdir touch rm sleep timeout',
)
/** Words of prose that are no name of a file: `; ping me`, `& cat is`. */
const LITTLE_WORDS =
  /^(?:me|you|us|it|him|her|them|is|are|was|isn|has|had|the|an?|and|or|to|of|in|for|if|who|he|she|they|we|my|your|our|that|this|as|be|not|so|with|from|by|mich|dich|uns|ist|sind|war|der|die|das|und|oder|ich|ein|eine|mit|von)\b/
const IFS = wordNumber('ifs')
const INTERPRETERS = wordNumbers('cmd powershell pwsh')
/** Programs of Windows that load others. */
const LOADERS = wordNumbers('bitsadmin regsvr32 rundll32 certutil mshta wmic')
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
    if (!isPlain && (place <= inspection.start + 1 || INTERPRETERS.has(found.word)))
      detectWhole(inspection, place, found)
    return
  }
  if (!(separator === 40 ? isBlank(inspection.code(found.behind)) : false) && !hasArgument(inspection, found)) return
  if (separator === 124 && isListItem(inspection, place, found)) return
  if (separator !== 40 && isCodeSpan(inspection, place)) inspection.hit(COMMAND.separatedPlain, place)
  else if (separator === 40 || (separator === 96 && isSubstitution(inspection, place)))
    inspection.hit(COMMAND.substitution, place)
  else if (separator !== 96) inspection.hit(isPlain ? COMMAND.separatedPlain : COMMAND.separated, place)
  if (isPlain && (isTelling(inspection, found.behind) || isNetCommand(inspection, place)))
    inspection.hit(COMMAND.separated, place)
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

/** Backticks are also how Markdown marks code: only without prose before them, and not as the language of a block. */
function isSubstitution(inspection: Inspection, place: number): boolean {
  return wordsBefore(inspection, place) <= 1 && !inspection.text.startsWith('```', place - 3)
}

/** ``run `ls | sort` and tell me``: a code span with blanks around it and three words of prose outside. */
function isCodeSpan(inspection: Inspection, place: number): boolean {
  const from = Math.max(inspection.start, place - 40)
  const inFront = inspection.text.slice(from, place).lastIndexOf('`')
  const length = inspection.text.slice(place, Math.min(inspection.end, place + 60)).indexOf('`')
  if (inFront < 0 || length < 0 || inspection.code(from + inFront - 1) === 96) return false
  const open = from + inFront
  const close = place + length
  const before = inspection.code(open - 1)
  const after = inspection.code(close + 1)
  if (!(before === 0 || before === 32) || !(after === 0 || after === 32 || after === 46 || after === 44)) return false
  return wordsBefore(inspection, open) + wordsAfter(inspection, close) >= 3
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
  // `cat & dog`, `cat | mouse`: names joined by signs.
  if ((next === 38 || next === 124) && inspection.code(at + 1) === 32) return isNextCommand(inspection, at + 1)
  if ('-/\\$"\'`;|&.~*>#%{'.includes(String.fromCharCode(next))) return true
  return (isDigit(next) && NUMBERED.has(found.word)) || isCommandWord(inspection, found, at)
}

/** Whether the next word is a command, or nothing follows. */
function isNextCommand(inspection: Inspection, at: number): boolean {
  const { cursor } = inspection
  cursor.reset(inspection.text, at, inspection.end)
  return !cursor.is(TOKEN.word) || (cursor.word >= 0 && ((FAMILIES[cursor.word] ?? 0) & FAMILY.shell) !== 0)
}

/** A bare word as an argument: plausible in a short value only. */
function isCommandWord(inspection: Inspection, found: { word: number }, at: number): boolean {
  return (
    isShort(inspection) &&
    isWordCode(inspection.code(at)) &&
    !isDigit(inspection.code(at)) &&
    ((FAMILIES[found.word] ?? 0) & FAMILY.shell) !== 0 &&
    inspection.end - at < 60 &&
    !LITTLE_WORDS.test(inspection.text.slice(at, at + 8))
  )
}

/** The argument of a plain word is plainly one of a command. */
function isTelling(inspection: Inspection, behind: number): boolean {
  const rest = inspection.text.slice(behind, Math.min(inspection.end, behind + 24))
  return /^(?:\$ifs|\s+(?:-[a-z]\b|\$[({a-z]|\d+\s*(?:$|[;|&#"'`])|\/\w+\/|\/\s+-\w|["'`\\]?[a-z]{6}\$\(|\w{5,8}(?:\$|\\n|[;|&]|$)))/.test(
    rest,
  )
}

/** `net user`, `net view`: Windows lists and changes accounts. */
function isNetCommand(inspection: Inspection, place: number): boolean {
  return /^net\s+(?:user|view|share|use|localgroup|group|accounts)\b/.test(inspection.text.slice(place, place + 20))
}

/** The whole value is a command line: `ls -l /x`, `dir c:\\x`. */
function detectWhole(inspection: Inspection, place: number, found: { behind: number; word: number }): void {
  const line = inspection.text.slice(found.behind, Math.min(inspection.end, found.behind + 40))
  if (INTERPRETERS.has(found.word)) {
    if (
      /^(?:\.exe)?["']?\s+(?:\/[ck]\s*\S|-(?:nop\w*|noni\w*|enc\w*|e|w\w*|c|ec|ep|exec\w*|command)\s+\S)/.test(line) &&
      wordsBefore(inspection, place) <= 2
    )
      inspection.hit(COMMAND.wholeLine, place)
    // `=cmd|' /c calc'!a0`: a spreadsheet runs it.
    else if (/^\|\s*'/.test(line) && '=+-@'.includes(inspection.text.charAt(place - 1)))
      inspection.hit(COMMAND.wholeLine, place)
    return
  }
  const isLoader =
    LOADERS.has(found.word) && /^(?:\.exe)?\s+(?:[/-]\w|javascript:|https?:|\S+\.(?:dll|sct|hta)\b)/.test(line)
  const isLine =
    isLoader ||
    /^\s+(?:-[a-z]{1,6}\s+(?:\S{1,12}\s+){0,2}[/~]\w|[a-z]:\\|\/(?:etc|bin|usr|var|tmp|home|proc|root|dev)\b|(?:-\w+\s+)*https?:\/\/|-[lnvpe]{2,5}\s+\d)/.test(
      line,
    )
  if (isLine) inspection.hit(COMMAND.wholeLine, place)
}

function detectFolder(inspection: Inspection, place: number): void {
  const folder = FOLDER.exec(inspection.text.slice(Math.max(inspection.start, place - 16), place))
  if (folder !== null) inspection.hit(COMMAND.binary, place)
}

/** `;w'h'oami`: quotes in the middle of a word that stands where a command would. */
export function detectSplitCommand(inspection: Inspection, place: number): void {
  const quote = inspection.text.charCodeAt(place)
  if (!isWordCode(inspection.code(place - 1)) || !isWordCode(inspection.code(place + 1))) return
  if (inspection.code(place + 2) !== quote && inspection.code(place + 3) !== quote) return
  const near = inspection.text.slice(Math.max(inspection.start, place - 12), Math.min(inspection.end, place + 6))
  if (/[;|&`]\s*[a-z]{1,6}(['"])[a-z]{1,2}\1[a-z]/.test(near)) inspection.hit(COMMAND.separated, place)
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
  if (
    /^\(\)[\s.]*\{[\s.]*(?:[:_\w]{0,8}[\s.]*;[\s.]*\}|_;?[\s.]*\}?[\s.]*>|\d\s*<<|\w{1,8}\(\)\s*\{|function \w+ \w+>)/.test(
      rest,
    )
  )
    inspection.hit(COMMAND.shellshock, place)
}

/** `/???/`: a path made of wildcards. */
export function detectGlob(inspection: Inspection, place: number): void {
  const from = Math.max(inspection.start, place - 8)
  const near = inspection.text.slice(from, Math.min(inspection.end, place + 24))
  if (/\/(?:[a-z]{0,2}\?{1,3}[a-z]?){1,2}\/[a-z?*]{1,8}/.test(near) && !/\?\w+=/.test(near))
    inspection.hit(COMMAND.glob, place)
}
