/** What a character is to the scanner; bits, so that a value's characters can be summed up. */
export const CHAR = {
  /** Letters, digits and `_`: parts of words. */
  word: 1,
  /** A digit; words do not begin with it. */
  digit: 2,
  /** Looked at by a detector together with what follows. */
  sign: 4,
  /** Stands in Base64 beside letters and digits: `+ / = - _`. */
  base64: 8,
  /** Blank or line break. */
  space: 16,
  /** A control character that is no blank. */
  control: 32,
  /** Any other character. */
  other: 64,
} as const

/** The {@link CHAR} bits of the ASCII characters. */
export const CLASSES: Readonly<Uint8Array> = buildClasses()

/** The lower-case code of the ASCII characters of words, 0 for all others. */
export const WORD_CODES: Readonly<Uint8Array> = CLASSES.map((bits, code) => {
  if ((bits & CHAR.word) === 0) return 0
  return code >= 65 && code <= 90 ? code | 32 : code
})

/** The {@link CHAR} bits of any UTF-16 code unit: letters of other scripts belong to words, typographic signs do not. */
export function classOf(code: number): number {
  if (code < 128) return CLASSES[code] ?? 0
  if (code < 0xc0 || (code >= 0x2000 && code <= 0x206f) || code >= 0xfff0) return CHAR.other
  return CHAR.word
}

/** Letters, digits, `_` and the letters of other scripts. */
export function isWordCode(code: number): boolean {
  return (classOf(code) & CHAR.word) !== 0
}

/** Blank, tab, line breaks, no-break space, the control characters that servers skip and bytes that are no UTF-8 (a lone `A0`). */
export function isBlank(code: number): boolean {
  return code <= 32 || code === 0xa0 || code === 0xfffd
}

/** `0` to `9`. */
export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

/** The value of a hexadecimal digit, or -1. */
export function hexValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  const lower = code | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

function buildClasses(): Uint8Array {
  const classes = new Uint8Array(128).fill(CHAR.other)
  for (let code = 0; code < 32; code++) classes[code] = CHAR.control
  for (const code of [9, 10, 11, 12, 13, 32]) classes[code] = CHAR.space
  for (let code = 48; code <= 57; code++) classes[code] = CHAR.word | CHAR.digit
  for (let code = 97; code <= 122; code++) {
    classes[code] = CHAR.word
    classes[code - 32] = CHAR.word
  }
  classes[95] = CHAR.word
  for (const sign of '+/=-') classes[sign.charCodeAt(0)] = CHAR.base64
  for (const sign of '\'"`<;|&${(.@:%\\/*#!=?\n)') {
    const code = sign.charCodeAt(0)
    classes[code] = (classes[code] ?? 0) | CHAR.sign
  }
  return classes
}
