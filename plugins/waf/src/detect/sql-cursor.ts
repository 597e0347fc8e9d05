import { hexValue, isBlank, isDigit, isWordCode } from '../scan/char-classes.ts'
import { findWord, nextHash, wordNumbers } from '../scan/lexicon.ts'

/** What kind of SQL token the cursor stands at. */
export const TOKEN = {
  end: 0,
  number: 1,
  string: 2,
  word: 3,
  variable: 4,
  compare: 5,
  logic: 6,
  open: 7,
  close: 8,
  comma: 9,
  semicolon: 10,
  comment: 11,
  arithmetic: 12,
  not: 13,
  other: 14,
} as const

/** How far a look from one place reaches, in characters: what keeps the whole linear. */
const WINDOW = 160
const NAME_LENGTH = 64
const BY_SIGN = buildSigns()
const LOGIC = wordNumbers('and or xor')

/**
 * Reads SQL tokens forwards from one place. It assumes that the place is code, not the inside of a string, which is what an injection makes
 * of it; comments count as blanks, as do `+` between words (undecoded forms).
 */
export class SqlCursor {
  /** The lower-case text. */
  text = ''
  /** Where the value ends, or the window. */
  end = 0
  /** Behind the token. */
  at = 0
  /** Where the token begins. */
  start = 0
  /** One of {@link TOKEN}. */
  kind: number = TOKEN.end
  /** For words, the number in the lexicon, or -1. */
  word = -1
  /** Whether a comment stood where a blank would do, as filters are evaded. */
  hasComment = false
  /** Whether a string had no end within the window. */
  isUnterminated = false

  /** Begins at `at` and reads the first token. */
  reset(text: string, at: number, end: number): void {
    this.text = text
    this.at = at
    this.end = Math.min(end, at + WINDOW)
    this.hasComment = false
    this.isUnterminated = false
    this.kind = TOKEN.end
    this.next()
  }

  /** Goes to the next token and returns its kind. */
  next(): number {
    this.word = -1
    const isOperandBefore = this.kind === TOKEN.number || this.kind === TOKEN.string || this.kind === TOKEN.close
    if (!this.#skipBlanks(isOperandBefore)) return this.kind
    this.start = this.at
    const code = this.text.charCodeAt(this.at)
    if (isDigit(code)) return this.#number()
    if (isWordCode(code)) return this.#word()
    if (code === 39 || code === 34) return this.#string(code)
    if (code === 64) return this.#variable()
    if (code === 96 || code === 91) return this.#quotedName(code === 96 ? 96 : 93)
    return this.#sign(code)
  }

  /** Whether the token is of that kind, one of {@link TOKEN}. */
  is(kind: number): boolean {
    return this.kind === kind
  }

  /** Whether the token is a word with that number. */
  isWord(number: number): boolean {
    return this.kind === TOKEN.word && this.word === number
  }

  #skipBlanks(isOperandBefore: boolean): boolean {
    for (; this.at < this.end; this.at++) {
      const code = this.text.charCodeAt(this.at)
      if (isBlank(code) || (code === 43 && !isOperandBefore)) continue
      if (code === 47 && this.text.charCodeAt(this.at + 1) === 42) {
        if (!this.#blockComment()) return false
      } else if (code === 42 && this.text.charCodeAt(this.at + 1) === 47) this.at++
      else if (code === 35 || (code === 45 && this.#isDashComment())) {
        if (!this.#lineComment()) return false
      } else return true
    }
    this.kind = TOKEN.end
    this.start = this.at
    return false
  }

  /** False for a comment that never ends: it cuts the statement off as a line comment does. */
  #blockComment(): boolean {
    const start = this.at
    this.hasComment = true
    if (this.text.charCodeAt(this.at + 2) === 33) {
      this.at += 2
      while (isDigit(this.text.charCodeAt(this.at + 1))) this.at++
      return true
    }
    this.at += 3
    while (this.at < this.end && !(this.text.charCodeAt(this.at) === 47 && this.text.charCodeAt(this.at - 1) === 42))
      this.at++
    if (this.at < this.end) return true
    this.at = this.end
    this.kind = TOKEN.comment
    this.start = start
    return false
  }

  #isDashComment(): boolean {
    if (this.text.charCodeAt(this.at + 1) !== 45) return false
    const next = this.at + 2 < this.end ? this.text.charCodeAt(this.at + 2) : 32
    return !isDigit(next)
  }

  /** A line comment ends the statement unless a line follows in the window. */
  #lineComment(): boolean {
    const start = this.at
    while (this.at < this.end && this.text.charCodeAt(this.at) !== 10) this.at++
    if (this.at < this.end) return true
    this.kind = TOKEN.comment
    this.start = start
    return false
  }

  #number(): number {
    const isHex = this.text.charCodeAt(this.at) === 48 && this.text.charCodeAt(this.at + 1) === 120
    if (isHex) this.at += 2
    for (; this.at < this.end; this.at++) {
      const code = this.text.charCodeAt(this.at)
      if (!(isDigit(code) || (isHex ? hexValue(code) >= 0 : code === 46))) break
    }
    return this.#be(TOKEN.number)
  }

  #word(): number {
    let hash = 0
    for (; this.at < this.end; this.at++) {
      const code = this.text.charCodeAt(this.at)
      if (!isWordCode(code) && code !== 36) break
      hash = nextHash(hash, code)
    }
    this.word = findWord(hash, this.text, this.start)
    return this.#be(LOGIC.has(this.word) ? TOKEN.logic : TOKEN.word)
  }

  #string(quote: number): number {
    for (this.at++; this.at < this.end; this.at++) {
      const code = this.text.charCodeAt(this.at)
      if (code === 92) this.at++
      else if (code === quote) break
    }
    if (this.at >= this.end) this.isUnterminated = true
    else this.at++
    return this.#be(TOKEN.string)
  }

  #quotedName(close: number): number {
    const end = Math.min(this.end, this.at + NAME_LENGTH)
    for (this.at++; this.at < end && this.text.charCodeAt(this.at) !== close; this.at++);
    if (this.at < this.end) this.at++
    return this.#be(TOKEN.word)
  }

  #variable(): number {
    // `@>`, `@?`: PostgreSQL compares JSON with them.
    const next = this.text.charCodeAt(this.at + 1)
    if (next === 62 || next === 63) {
      this.at += 2
      return this.#be(TOKEN.compare)
    }
    while (this.at < this.end && this.text.charCodeAt(this.at) === 64) this.at++
    while (this.at < this.end && (isWordCode(this.text.charCodeAt(this.at)) || this.text.charCodeAt(this.at) === 46))
      this.at++
    return this.#be(TOKEN.variable)
  }

  #sign(code: number): number {
    this.at++
    const kind = code < 128 ? (BY_SIGN[code] ?? TOKEN.other) : TOKEN.other
    const next = this.text.charCodeAt(this.at)
    if ((code === 38 || code === 124) && next === code) {
      this.at++
      return this.#be(TOKEN.logic)
    }
    if (code === 33 && next !== 61) return this.#be(next === 60 || next === 62 ? TOKEN.compare : TOKEN.not)
    // `@x:=1` gives a variable a value and is true.
    if (code === 58 && next === 61) {
      this.at++
      return this.#be(TOKEN.compare)
    }
    if (kind !== TOKEN.compare) return this.#be(kind)
    while (this.at < this.end && BY_SIGN[this.text.charCodeAt(this.at)] === TOKEN.compare) this.at++
    return this.#be(TOKEN.compare)
  }

  #be(kind: number): number {
    this.kind = kind
    return kind
  }
}

function buildSigns(): Uint8Array {
  const kinds = new Uint8Array(128).fill(TOKEN.other)
  for (const [kind, signs] of [
    [TOKEN.compare, '=<>!'],
    [TOKEN.open, '('],
    [TOKEN.close, ')'],
    [TOKEN.comma, ','],
    [TOKEN.semicolon, ';'],
    [TOKEN.arithmetic, '+-*/%^&|'],
    [TOKEN.not, '~'],
  ] as const) {
    for (const sign of signs) kinds[sign.charCodeAt(0)] = kind
  }
  return kinds
}
