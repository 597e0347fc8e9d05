import { hexValue, isBlank, isDigit, isWordCode } from '../scan/char-classes.ts'
import type { Inspection } from './inspection.ts'

/** What stands before a place. */
export const BEFORE = {
  start: 0,
  quote: 1,
  number: 2,
  close: 3,
  open: 4,
  word: 5,
  semicolon: 6,
  comma: 7,
  operator: 8,
  other: 9,
} as const

const REACH = 48

/** What stands directly before a place, blanks, `+` and closed comments left out. */
export function whatStandsBefore(inspection: Inspection, place: number): number {
  let at = skipBlanksBack(inspection, place - 1)
  if (at < inspection.start) return BEFORE.start
  const code = inspection.text.charCodeAt(at)
  if (code === 39 || code === 34 || code === 96) return BEFORE.quote
  if (code === 41) return BEFORE.close
  if (code === 40) return BEFORE.open
  if (code === 59) return BEFORE.semicolon
  if (code === 44) return BEFORE.comma
  if ('=<>|&*/%^-'.includes(String.fromCharCode(code))) return BEFORE.operator
  if (!isWordCode(code)) return BEFORE.other
  const stop = Math.max(inspection.start, at - 24)
  while (at >= stop && isNumberCode(inspection.text.charCodeAt(at))) at--
  const first = inspection.text.charCodeAt(at + 1)
  const isEdge = at < inspection.start || !isWordCode(inspection.text.charCodeAt(at))
  return isEdge && (isDigit(first) || first === 46) ? BEFORE.number : BEFORE.word
}

/** Whether an escape (`%20`) begins at the place: the text is decoded next, and until then SQL would read a remainder into it. */
export function isStillCoded(inspection: Inspection, at: number): boolean {
  return inspection.code(at) === 37 && hexValue(inspection.code(at + 1)) >= 0 && hexValue(inspection.code(at + 2)) >= 0
}

/** How many words stand before a place, at most four: prose has several, an injected value hardly any. */
export function wordsBefore(inspection: Inspection, place: number): number {
  let words = 0
  let isInside = false
  for (let at = place - 1, stop = Math.max(inspection.start, place - REACH); at >= stop && words < 4; at--) {
    const isLetter = isWordCode(inspection.text.charCodeAt(at))
    if (isLetter && !isInside) words++
    isInside = isLetter
  }
  return words
}

/** How many words follow a place, at most six within 60 characters. */
export function wordsAfter(inspection: Inspection, place: number): number {
  let words = 0
  let isInside = false
  for (let at = place, stop = Math.min(inspection.end, place + 60); at < stop && words < 6; at++) {
    const isLetter = isWordCode(inspection.text.charCodeAt(at))
    if (isLetter && !isInside) words++
    isInside = isLetter
  }
  return words
}

function skipBlanksBack(inspection: Inspection, from: number): number {
  const stop = Math.max(inspection.start, from - REACH)
  let at = from
  for (; at >= stop; at--) {
    const code = inspection.text.charCodeAt(at)
    if (isBlank(code) || code === 43) continue
    if (code !== 47 || inspection.text.charCodeAt(at - 1) !== 42) break
    for (
      at -= 2;
      at > stop && !(inspection.text.charCodeAt(at) === 42 && inspection.text.charCodeAt(at - 1) === 47);
      at--
    );
    at--
  }
  return at
}

function isNumberCode(code: number): boolean {
  return isDigit(code) || code === 46
}
