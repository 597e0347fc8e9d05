import { CODE } from '../rules/code-rules.ts'
import { XSS } from '../rules/xss-rules.ts'
import { isBlank, isWordCode } from '../scan/char-classes.ts'
import { wordNumbers } from '../scan/lexicon.ts'
import type { Inspection } from './inspection.ts'

const DIALOGS = wordNumbers('alert confirm prompt')
const STYLE_LINKS = wordNumbers('behavior binding')
const CALLS = wordNumbers(
  'eval settimeout setinterval function constructor fromcharcode execscript msgbox atob import insertadjacenthtml',
)
const PAGE = wordNumbers('document window location localstorage sessionstorage self top parent this globalthis')
const STYLE = wordNumbers('expression')
const PAGE_MEMBERS =
  /^\s*\.\s*(?:cookie\b|domain\b|write(?:ln)?\b|location|body\s*\.|documentelement|alert|confirm|prompt|eval|onerror|name\s*=|open\s*\(|createelement|href\s*=|hash|frames|execcommand|getitem|assign\s*\(|replace\s*\()/
const ASSIGNED = /^\s*(?:\.\s*(?:href|search|hash)\s*)?=\s*[^=\s&]/
const BRACKETED = /^\s*(?:\?\.)?\[\s*(?:['"`/]|\+|\d+[.[]|atob|string)/

/** A word that script uses: is it called, or does it reach into the page? */
export function detectScriptWord(inspection: Inspection, place: number, found: { behind: number; word: number }): void {
  const { word, behind } = found
  if (DIALOGS.has(word)) detectDialog(inspection, place, behind)
  else if (CALLS.has(word)) detectCall(inspection, place, found)
  else if (PAGE.has(word)) detectPage(inspection, place, behind)
  else if (STYLE_LINKS.has(word)) detectStyleLink(inspection, place, behind)
  else if (STYLE.has(word) && inspection.code(behind) === 40) inspection.hit(XSS.styleScript, place)
}

/** `alert(1)`, `` alert`1` ``, `(alert)(1)`, `window['alert'](1)`. */
function detectDialog(inspection: Inspection, place: number, behind: number): void {
  let at = behind
  if (/^\.(?:call|apply|bind)\s*[(`]/.test(inspection.text.slice(at, Math.min(inspection.end, at + 10))))
    at += inspection.code(at + 1) === 97 ? 6 : 5
  else while (at < behind + 6 && at < inspection.end && isCallNoise(inspection.text.charCodeAt(at))) at++
  const code = inspection.code(at)
  if (code !== 40 && code !== 96 && !isPassed(inspection, place, behind)) return
  if (isSpan(inspection, place, behind)) return
  const next = inspection.code(at + 1)
  if (isPassed(inspection, place, behind)) {
    inspection.hit(XSS.dialogCall, place)
    inspection.hit(XSS.codeBreak, place)
    return
  }
  const isProse = isBlank(next) && next !== 0 && at === behind
  const isArgument = !isWordCode(next) || (next >= 48 && next <= 57) || startsArgument(inspection, at + 1)
  if (isProse || !isArgument) {
    if (!isBreak(inspection.code(place - 1))) return
  }
  inspection.hit(XSS.dialogCall, place)
  if (isBreakBefore(inspection, place) || inspection.tagAt >= 0) inspection.hit(XSS.codeBreak, place)
}

/** `style="behavior:url(…)"`. */
function detectStyleLink(inspection: Inspection, place: number, behind: number): void {
  const rest = inspection.text.slice(behind, Math.min(inspection.end, behind + 16))
  if (inspection.tagAt < 0 || !/^\s*:\s*url\(/.test(rest)) return
  inspection.hit(XSS.styleScript, place)
  inspection.hit(XSS.codeBreak, place)
}

/** `` `alert` ``: a word in backticks is a text about it. */
function isSpan(inspection: Inspection, place: number, behind: number): boolean {
  const next = inspection.code(behind + 1)
  return inspection.code(place - 1) === 96 && inspection.code(behind) === 96 && !isWordCode(next)
}

function detectCall(inspection: Inspection, place: number, found: { behind: number; word: number }): void {
  const code = inspection.code(found.behind)
  const previous = inspection.code(place - 1)
  const isFunction = inspection.text.startsWith('function', place)
  const isTagged = code === 96 && (!isBlank(previous) || (isFunction && inspection.text.startsWith('new ', place - 4)))
  if (isSpan(inspection, place, found.behind)) return
  if (code !== 40 && !isTagged) {
    if (isQuotedConstructor(inspection, place, found.behind)) inspection.hit(XSS.scriptCall, place)
    if (inspection.text.startsWith('[prototype]', found.behind)) inspection.hit(CODE.prototype, place)
    return
  }
  if (isFunction && code === 40 && !isFunctionBody(inspection, found.behind)) return
  if (inspection.text.startsWith('import', place) && isWordCode(inspection.code(found.behind + 1))) return
  inspection.hit(XSS.scriptCall, place)
  if (isBreak(previous) || inspection.tagAt >= 0) inspection.hit(XSS.codeBreak, place)
}

/** `function(a){`: script; `function( self )` is another language, `function()` alone documentation. */
function isFunctionBody(inspection: Inspection, behind: number): boolean {
  return /^\([\w\s,$]{0,30}\)\s*\{/.test(inspection.text.slice(behind, Math.min(inspection.end, behind + 40)))
}

/** `x["constructor"]`, `constructor.constructor`. */
function isQuotedConstructor(inspection: Inspection, place: number, behind: number): boolean {
  if (!inspection.text.startsWith('constructor', place)) return false
  const next = inspection.text.slice(behind, behind + 12)
  return (
    next.startsWith('.constructor') ||
    next.startsWith('[prototype]') ||
    next.startsWith('.prototype.') ||
    /^['"`]\]/.test(next)
  )
}

/** `[1].map(alert)`, `` sort.call`${alert}` ``: handed over to be called. */
function isPassed(inspection: Inspection, place: number, behind: number): boolean {
  const close = inspection.code(behind)
  const open = inspection.code(place - 1)
  if (!(open === 40 && close === 41) && !(open === 123 && close === 125)) return false
  return isWordCode(inspection.code(place - 2)) || inspection.code(place - 2) === 36
}

function detectPage(inspection: Inspection, place: number, behind: number): void {
  const rest = inspection.text.slice(behind, Math.min(inspection.end, behind + 40))
  const isLocation = inspection.text.startsWith('location', place)
  const isHit =
    (isLocation && inspection.code(place - 1) !== 38 && ASSIGNED.test(rest) && looksAssigned(inspection, place)) ||
    PAGE_MEMBERS.test(rest) ||
    BRACKETED.test(rest)
  if (!isHit || isWordCode(inspection.code(place - 1)) || inspection.code(place - 1) === 45) return
  inspection.hit(XSS.pageAccess, place)
  // `document.cookie is empty`: no script goes on like that.
  if (/^\s*\.\s*\w+(?: |%20)(?!in\b|instanceof\b)[a-z]+\b/.test(rest)) return
  if (isBreak(inspection.code(place - 1)) && inspection.code(place - 1) !== 40) inspection.hit(XSS.codeBreak, place)
}

function looksAssigned(inspection: Inspection, place: number): boolean {
  const previous = inspection.code(place - 1)
  return previous === 46 || isBreak(previous)
}

function isCallNoise(code: number): boolean {
  return (
    code === 41 ||
    code === 34 ||
    code === 39 ||
    code === 93 ||
    code === 92 ||
    code === 0xfffd ||
    code === 46 ||
    code === 63 ||
    code < 32
  )
}

function startsArgument(inspection: Inspection, at: number): boolean {
  return /^(?:document|window|xss|string|atob|location|this|name|origin|self|top|x\b|\w{1,3}\))/.test(
    inspection.text.slice(at, Math.min(inspection.end, at + 12)),
  )
}

/** The same with one blank between, behind a semicolon; or the member of what a call gave. */
function isBreakBefore(inspection: Inspection, place: number): boolean {
  const previous = inspection.code(place - 1)
  if (previous === 32) return inspection.code(place - 2) === 59
  if (previous === 46) return inspection.code(place - 2) === 41
  return isBreak(previous)
}

/** `(![]+[])`: letters made of nothing but signs. */
export function detectSignScript(inspection: Inspection, place: number): void {
  const next = inspection.code(place + 2)
  if (next !== 91 && next !== 33) return
  if (!/^\(!{1,2}\[\]\s*\+/.test(inspection.text.slice(place, Math.min(inspection.end, place + 12)))) return
  inspection.hit(XSS.scriptCall, place)
  inspection.hit(XSS.codeBreak, place)
}

/** Signs that end a string, a statement or an attribute: what follows directly is code. */
function isBreak(code: number): boolean {
  return code === 0 || ';"\'`=({[}]),|&+-*/!~:>\\,?%^\n'.includes(String.fromCharCode(code))
}
