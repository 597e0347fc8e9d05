import { XSS } from '../rules/xss-rules.ts'
import { isBlank, isWordCode } from '../scan/char-classes.ts'
import { FAMILIES, FAMILY, findWord, nextHash, WORDS, wordNumber, wordNumbers } from '../scan/lexicon.ts'
import type { Inspection } from './inspection.ts'

const SCRIPT = wordNumber('script')
/** Words that begin with `on`, stand before `=` in prose and settings, and are no events. */
const NO_EVENTS =
  /^on(?:ce|ly|line|to|set|going|eself|es|board|shore|tology|premise|click_?url|e|es|edrive|etime|eway)$/
const KNOWN_EVENTS = /^on(?:error|load|focus|blur|click|mouse|key|pointer|toggle|begin|drag|touch|input|change|submit)/
/** How far an attribute may stand from the start of its tag. */
const TAG_LENGTH = 600
const NAME_LIMIT = 40
/** Elements that make something of mere words. */
const READS_TEXT = wordNumbers('style plaintext xmp')
const SVG = wordNumber('svg')
/** The head of a drawing, as programs write it. */
const DRAWS = /^\s[^<]*\b(?:viewbox\s*=|xmlns\s*=\s*["']http:\/\/www\.w3\.org\/)/
/** Elements that pages are described with; only some of their attributes load or run anything. */
const DESCRIPTIVE = wordNumbers('meta link html body form image set animate xml style use svg')
const DESCRIBES_ACTION =
  /\bsrc\s*=|stylesheet|import|script|http-equiv|refresh|url\s*=|expression|action\s*=|background|xlink|charset|attributename|\bto\s*=|namespace|onload|@|binding|behavior|<\/?script|data:|content-type|url\(/

/** A `<`: does a tag open, and which? */
export function detectTag(inspection: Inspection, place: number): void {
  let at = place + 1
  const isClosing = inspection.code(at) === 47
  while (isTagNoise(inspection.code(at)) && at < place + 8) at++
  const first = inspection.code(at)
  if (first === 33 || first === 63 || first === 37) return
  let hash = 0
  const start = at
  for (; at < start + NAME_LIMIT && isWordCode(inspection.code(at)); at++) hash = nextHash(hash, inspection.code(at))
  if (at === start) return
  inspection.tagAt = place
  const word = findWord(hash, inspection.text, start)
  inspection.tagWord = word
  if (word < 0 || at - start !== lengthOf(word)) return
  if (word === SCRIPT) {
    const isOpened = !isClosing && !isNoScript(inspection, at)
    if (isOpened || place <= inspection.start + 2) inspection.hit(XSS.scriptTag, place)
    if (!isClosing && /^[^>]{0,40}[\s/"']src\s*=/.test(inspection.text.slice(at, Math.min(inspection.end, at + 48))))
      inspection.hit(XSS.activeTag, place)
  } else if (!isClosing && ((FAMILIES[word] ?? 0) & FAMILY.tagHard) !== 0 && opensElement(inspection, at))
    inspection.hit(XSS.activeTag, place)
}

/** `the <script> tag must be closed`: two names in a row on one line are an error of syntax, so nothing of it ever runs. */
function isNoScript(inspection: Inspection, at: number): boolean {
  const rest = inspection.text.slice(at, Math.min(inspection.end, at + 40))
  return /^>[ ]+(?!(?:async|await|case|class|const|default|delete|do|else|export|for|function|get|if|import|let|new|of|return|set|static|throw|typeof|using|var|void|while|with|yield)\b)[a-z]+ +(?!(?:in|instanceof|of)\b)[a-z]+ /.test(
    rest,
  )
}

function lengthOf(word: number): number {
  return WORDS[word]?.length ?? 0
}

/** After an element's name comes a blank, `/` or `>`; anything else is a comparison or a placeholder. */
function opensElement(inspection: Inspection, at: number): boolean {
  const code = inspection.code(at)
  if (code !== 47 && code !== 62 && !(isBlank(code) && at < inspection.end)) return false
  if (code === 62 && !READS_TEXT.has(inspection.tagWord) && isTalk(inspection, at)) return false
  if (!DESCRIPTIVE.has(inspection.tagWord)) return true
  const rest = inspection.text.slice(at, Math.min(inspection.end, at + 160))
  if (inspection.tagWord === SVG && !DRAWS.test(rest)) return true
  return DESCRIBES_ACTION.test(rest)
}

/** `the <iframe> embed code`: an element without attributes, and two words behind it. */
function isTalk(inspection: Inspection, at: number): boolean {
  return /^> +[a-z]+ +[a-z]+\b/.test(inspection.text.slice(at, Math.min(inspection.end, at + 40)))
}

function isTagNoise(code: number): boolean {
  return code === 47 || (code > 0 && code < 32) || code === 0xfffd || code === 92
}

/** A word like `onload` in front of `=`. */
export function detectEvent(inspection: Inspection, place: number): void {
  const { text } = inspection
  let at = place
  while (at < inspection.end && at < place + NAME_LIMIT && isWordCode(text.charCodeAt(at))) at++
  if (NO_EVENTS.test(text.slice(place, at))) return
  while (isBlank(inspection.code(at)) && at < inspection.end) at++
  at++
  if (isEmptyValue(inspection, at)) return
  const isKnown = KNOWN_EVENTS.test(text.slice(place, place + 12))
  const isScript = looksLikeScript(inspection, at)
  if (isInsideTag(inspection, place) || (inspection.tagAt >= 0 && isKnown && isScript)) {
    inspection.hit(XSS.eventHandler, place)
    return
  }
  const previous = inspection.code(place - 1)
  const isAttribute = previous === 0 || isBlank(previous) || previous === 47 || previous === 34 || previous === 39
  const isQuoted = previous === 34 || previous === 39 || previous === 0
  if (isAttribute && (isScript || (isKnown && isQuoted))) inspection.hit(XSS.attributeBreak, place)
}

/** `onset = "";`: a setting that is left empty. */
function isEmptyValue(inspection: Inspection, from: number): boolean {
  let at = from
  while (isBlank(inspection.code(at)) && at < inspection.end) at++
  const code = inspection.code(at)
  return (code === 34 || code === 39) && inspection.code(at + 1) === code
}

/** Whether the last tag before the place is still open: no `>` since, or not one within reach. */
function isInsideTag(inspection: Inspection, place: number): boolean {
  if (inspection.tagAt < 0 || place - inspection.tagAt > TAG_LENGTH) return false
  for (let at = place - 1; at > inspection.tagAt; at--) if (inspection.text.charCodeAt(at) === 62) return false
  return true
}

/** A bracket, backtick or assignment within the next characters. */
export function looksLikeScript(inspection: Inspection, from: number): boolean {
  const stop = Math.min(inspection.end, from + 60)
  for (let at = from; at < stop; at++) {
    const code = inspection.text.charCodeAt(at)
    if (code === 40 || code === 96 || code === 91) return true
  }
  return false
}

/** `javascript:`, `vbscript:` and `data:` as words of their own. */
export function detectScheme(inspection: Inspection, place: number, behind: number): void {
  // `+ADw-` is `<` in UTF-7.
  if (inspection.code(place - 1) === 43 && inspection.text.startsWith('adw-', place))
    inspection.hit(XSS.encodedTag, place)
  let at = behind
  while (at < inspection.end && at < behind + 12 && isBlank(inspection.text.charCodeAt(at))) at++
  if (inspection.code(at) !== 58) return
  if (inspection.text.startsWith('data', place)) {
    if (isDocument(inspection, at + 1)) inspection.hit(XSS.dataAddress, place)
    return
  }
  detectScript(inspection, place, at + 1)
}

function isDocument(inspection: Inspection, at: number): boolean {
  const head = inspection.text.slice(at, Math.min(inspection.end, at + 30)).replaceAll(/\s/g, '')
  return /^,|^;(?:base64|charset)|^(?:\/\/)?(?:text\/(?:html|xml|javascript)|application\/(?:xhtml|x?-?javascript|xml))/.test(
    head,
  )
}

function detectScript(inspection: Inspection, place: number, at: number): void {
  const rest = inspection.text.slice(at, Math.min(inspection.end, at + 40))
  if (/^\s*\(?(?:void\b(?!.*(?:alert|eval|prompt|confirm))|;|"|'|$|\/\/\s*$)/.test(rest)) return
  // A call of the page's own function, as links of old pages hold it.
  if (
    /^\s*(?!alert|confirm|prompt|eval|open|write|fetch|import|set)\w+(?:\.\w+)*\((?:true|false|null|this|\d*)\);?\s*$/.test(
      rest,
    )
  )
    return
  if (
    looksLikeScript(inspection, at) ||
    /^[\s/*%]*[\w$.[\]]+\s*=|^\/\/|^\s*(?:document|window|location|alert|prompt|confirm|eval)\b/.test(rest)
  )
    inspection.hit(XSS.scriptAddress, place)
}

/** `j\nav\tascript:`: a colon whose letters before it, blanks left out, spell a script scheme. */
export function detectBrokenScheme(inspection: Inspection, place: number): void {
  let letters = ''
  let hasGap = false
  for (let at = place - 1; at >= inspection.start && at > place - 80 && letters.length < 10; at--) {
    const code = inspection.text.charCodeAt(at)
    if (isBlank(code) || code === 0xfffd || code === 92) hasGap = true
    else if (isWordCode(code)) letters = String.fromCharCode(code) + letters
    else break
    if (letters.length >= 2 && !'javascript'.endsWith(letters) && !'vbscript'.endsWith(letters)) return
  }
  if (hasGap && (letters === 'javascript' || letters === 'vbscript')) inspection.hit(XSS.scriptAddress, place)
}
