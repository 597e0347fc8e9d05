import { CHAR, CLASSES, classOf, hexValue, isBlank, isWordCode, WORD_CODES } from './char-classes.ts'
import { CodeUnits } from './code-units.ts'
import { FAMILIES, FAMILY, findWord } from './lexicon.ts'

const ALWAYS = FAMILY.sql | FAMILY.alone
const IN_FRONT = ~(FAMILY.sql | FAMILY.alone | FAMILY.shell | FAMILY.command | FAMILY.tagHard)

/** The anchor number of a word like `onload` that is followed by `=`. */
export const EVENT_ANCHOR = -1

/** What of a value may be written in another way; one bit each. */
export const CODED = {
  percent: 1,
  entity: 2,
  backslash: 4,
  foreign: 8,
  oddPercent: 16,
  undecodable: 32,
  split: 64,
} as const

interface Bounds {
  readonly start: number
  readonly end: number
}

/**
 * One pass over a value: finds the places worth a closer look (anchors), how the value may be coded and what kinds of characters it is made
 * of. A value without anchors and codes is harmless, and that is nearly every value.
 */
export class Scanner {
  /** How many anchors were found. */
  count = 0
  /** Sum of the {@link CODED} bits. */
  coded = 0
  /** Sum of the {@link CHAR} bits of all characters outside words. */
  signs = 0
  /** What stands at each anchor: the number of a word, {@link EVENT_ANCHOR}, or the negated code of a sign. */
  kinds = new Int32Array(256)
  /** Where each anchor stands. */
  places = new Int32Array(256)

  /** How many scans were made: tells whether the answers are still those of one's own. */
  runs = 0

  readonly #own = new CodeUnits()
  #text = ''

  /** Scans `text` from `start` to `end`; the answers are in the fields until the next call. Its code units need not be copied where they are given. */
  scan(text: string, start: number, end: number, units?: Uint16Array): void {
    this.#scan(text, units ?? this.#own.copy(text, start, end), { start, end })
  }

  #scan(text: string, units: Uint16Array, bounds: Bounds): void {
    const { start, end } = bounds
    this.#text = text
    this.runs++
    this.count = 0
    this.coded = 0
    let signs = 0
    for (let at = start; at < end; ) {
      const code = units[at] ?? 0
      const found = code < 128 ? (CLASSES[code] ?? 0) : classOf(code)
      if ((found & CHAR.word) !== 0) {
        at = this.#word(units, at, end)
        continue
      }
      signs |= found
      if ((found & CHAR.sign) !== 0) this.#sign(units, at, bounds)
      else if (code >= 128) this.#foreign(code)
      at++
    }
    this.signs = signs
  }

  /** Makes the places count from `start`, for a copy of the value alone. */
  rebase(start: number): void {
    for (let index = 0; index < this.count; index++) this.places[index] = (this.places[index] ?? 0) - start
  }

  #word(units: Uint16Array, start: number, end: number): number {
    let at = start
    let hash = 0
    let first = units[at] ?? 0
    // `1or 1=1`: digits in front of a word do not hide it.
    while (first >= 48 && first <= 57 && ++at < end) first = units[at] ?? 0
    const wordStart = at
    for (; at < end; at++) {
      const code = units[at] ?? 0
      const folded = code < 128 ? (WORD_CODES[code] ?? 0) : this.#foreignWordCode(code)
      if (folded === 0) break
      // Times 31, as `nextHash` does, but without waiting for a multiplication at every letter.
      hash = ((hash << 5) + (folded - hash)) | 0
    }
    const length = at - wordStart
    // `0x2e0x2e0x2f`: dots and slashes of careless decoders.
    if (wordStart > start && (first | 32) === 120) this.coded |= CODED.oddPercent
    if (length < 2 || length > 30) return at
    const number = findWord(hash, this.#text, wordStart)
    if (number >= 0) {
      if (isWorthALook(FAMILIES[number] ?? 0, units, { start: wordStart, end: at, limit: end }))
        this.#push(number, wordStart)
    } else if (length >= 5 && (first | 32) === 111 && isEventName(units, wordStart, at, end)) {
      this.#push(EVENT_ANCHOR, wordStart)
    }
    return at
  }

  /** The code of a letter of another script, 0 for what is no letter. */
  #foreignWordCode(code: number): number {
    if ((classOf(code) & CHAR.word) === 0) return 0
    if (code >= 0xff00) this.coded |= CODED.foreign
    return code
  }

  #sign(units: Uint16Array, at: number, bounds: Bounds): void {
    const { start, end } = bounds
    const code = units[at] ?? 0
    const next = at + 1 < end ? (units[at + 1] ?? 0) : 0
    const previous = at > start ? (units[at - 1] ?? 0) : 0
    switch (code) {
      case 37: // %
        this.#percent(units, at, end)
        if (next === 123) this.#push(-code, at)
        return
      case 38: // &
        if (next === 35 || (next | 32) >= 97) this.coded |= CODED.entity
        if (next === 38) this.#push(-code, at)
        return
      case 92: // \
        if (isEscapeCode(next)) this.coded |= CODED.backslash
        else if ((next === 34 || next === 39) && isWordCode(previous)) this.coded |= CODED.split
        return
      default:
        if (code === 46 && previous === 46 && (next === 50 || next === 53)) this.coded |= CODED.oddPercent
        if (isSplit(units, at, previous)) this.coded |= CODED.split
        if (isAnchor(code, next, previous)) this.#push(-code, at)
    }
  }

  #percent(units: Uint16Array, at: number, end: number): void {
    const high = at + 2 < end ? (units[at + 1] ?? 0) : 0
    const low = at + 2 < end ? (units[at + 2] ?? 0) : 0
    if ((hexValue(high) >= 0 && hexValue(low) >= 0) || (high | 32) === 117) this.coded |= CODED.percent
    else if (high >= 48 && (low >= 48 || low === 37)) this.coded |= CODED.oddPercent
  }

  #foreign(code: number): void {
    if (code === 0xfffd) this.coded |= CODED.undecodable
    else if (code >= 0x200b || code === 0xad) this.coded |= CODED.foreign
  }

  #push(kind: number, place: number): void {
    if (this.count === this.kinds.length) {
      this.kinds = grown(this.kinds)
      this.places = grown(this.places)
    }
    this.kinds[this.count] = kind
    this.places[this.count++] = place
  }
}

/** `\u`, `\x` and the line breaks that some programs write as two characters. */
function isEscapeCode(code: number): boolean {
  const lower = code | 32
  return lower === 117 || lower === 120 || lower === 110 || lower === 114 || lower === 116
}

/** A comment or a tiny tag in the middle of a word: `al<x>ert`. */
function isSplit(units: Uint16Array, at: number, previous: number): boolean {
  const code = units[at] ?? 0
  if (code !== 47 && code !== 60) return false
  if (!isWordCode(previous)) return false
  if (code === 47) return (units[at + 1] ?? 0) === 42
  return isWordCode(units[at + 1] ?? 0) && (units[at + 2] ?? 0) === 62
}

/** Which signs are worth a look, by the character that follows or precedes: a lone bracket or colon is not. */
function isAnchor(code: number, next: number, previous: number): boolean {
  switch (code) {
    case 39: // '
    case 34: // "
      return true
    case 96: // `
      return true
    case 60: // <
      return next > 32
        ? next !== 61 && next !== 60 && (next < 48 || next > 57)
        : next !== 32 && next !== 10 && next !== 13
    case 124: // |
      return next === 124
    case 36: // $
      // Of `${${` the inner one is looked at, which knows what stands before it.
      return next === 40 || next === 123
    case 123: // {
      return next === 123 || next === 37 || next === 36 || next === 35
    case 40: // (
      return next === 124 || next === 38 || next === 33 || next === 41
    case 46: // .
      return next === 46 && previous !== 46
    case 64: // @
      return next === 64
    case 58: // :
      return (previous | 32) === 116 || previous <= 32
    case 47: // /
      return next === 42 || next === 63
    case 42: // *
      return next === 41 || next === 124
    case 35: // #
      return next === 123
    case 63: // ?
      return next === 63
    case 41: // )
      return next === 40 || next === 41
    default:
      return false
  }
}

/**
 * Words of SQL always are, commands behind a sign, all others in front of a sign: prose is made of words with words beside them. One blank between
 * does not count.
 */
function isWorthALook(
  families: number,
  units: Uint16Array,
  place: { start: number; end: number; limit: number },
): boolean {
  if ((families & ALWAYS) !== 0) return true
  if ((families & FAMILY.shell) !== 0) {
    const previous = place.start > 0 ? (units[place.start - 1] ?? 0) : 0
    if (previous !== 32 || place.start < 2 || !isWordCode(units[place.start - 2] ?? 0)) return true
  }
  if ((families & IN_FRONT) === 0) return false
  if ((families & FAMILY.web) !== 0) return isHostDigit(units[place.end + 3] ?? 0)
  let at = place.end
  if (at < place.limit && isBlank(units[at] ?? 0)) at++
  return at < place.limit && !isWordCode(units[at] ?? 0)
}

/** How addresses of the machine itself and of cloud metadata begin: a digit, `[`, `localhost`, `metadata`; or a user in front of them. */
function isHostDigit(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 91 || code === 108 || code === 109
}

function isEventName(units: Uint16Array, start: number, wordEnd: number, end: number): boolean {
  if (((units[start + 1] ?? 0) | 32) !== 110) return false
  let at = wordEnd
  while (at < end && at < wordEnd + 12 && isBlank(units[at] ?? 0)) at++
  return at < end && (units[at] ?? 0) === 61
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2)
  larger.set(array)
  return larger
}
