/** The named character references that stand for signs attackers need (HTML names, a small part of the list). */
const NAMED: ReadonlyMap<string, number> = new Map([
  ['lt', 60],
  ['gt', 62],
  ['amp', 38],
  ['quot', 34],
  ['apos', 39],
  ['lpar', 40],
  ['rpar', 41],
  ['colon', 58],
  ['semi', 59],
  ['tab', 9],
  ['newline', 10],
  ['nbsp', 32],
  ['sol', 47],
  ['bsol', 92],
  ['equals', 61],
  ['lbrace', 123],
  ['rbrace', 125],
  ['lcub', 123],
  ['rcub', 125],
  ['lsqb', 91],
  ['rsqb', 93],
  ['grave', 96],
  ['period', 46],
  ['comma', 44],
  ['dollar', 36],
  ['num', 35],
  ['percnt', 37],
  ['excl', 33],
  ['quest', 63],
  ['commat', 64],
  ['ast', 42],
  ['plus', 43],
  ['hyphen', 45],
  ['lowbar', 95],
  ['vert', 124],
])
const LONGEST = 12
const LEGACY = /^(?:lt|gt|quot|amp)/i

/** A character reference that was read: its code point and length in the text. */
export interface EntityReading {
  point: number
  length: number
}

/** Reads the character reference at `&`, with or without the semicolon, as browsers do; `length` is 0 if there is none. */
export function readEntity(text: string, at: number, reading: EntityReading): void {
  reading.length = 0
  if (text.charCodeAt(at + 1) === 35) readNumber(text, at, reading)
  else readName(text, at, reading)
}

function readNumber(text: string, at: number, reading: EntityReading): void {
  const isHex = (text.charCodeAt(at + 2) | 32) === 120
  let end = at + (isHex ? 3 : 2)
  const first = end
  let point = 0
  for (; end < text.length && end < first + 10; end++) {
    const digit = digitValue(text.charCodeAt(end), isHex)
    if (digit < 0) break
    point = Math.min(point * (isHex ? 16 : 10) + digit, 0x110000)
  }
  if (end === first || point > 0x10ffff) return
  reading.point = point
  reading.length = end - at + (text.charCodeAt(end) === 59 ? 1 : 0)
}

function readName(text: string, at: number, reading: EntityReading): void {
  let end = at + 1
  while (end < at + LONGEST && (text.charCodeAt(end) | 32) >= 97 && (text.charCodeAt(end) | 32) <= 122) end++
  const hasSemicolon = text.charCodeAt(end) === 59
  const name = text.slice(at + 1, end).toLowerCase()
  const legacy = hasSemicolon ? name : (LEGACY.exec(name)?.[0] ?? '')
  const point = NAMED.get(legacy)
  if (point === undefined) return
  reading.point = point
  reading.length = legacy.length + (hasSemicolon ? 2 : 1)
}

function digitValue(code: number, isHex: boolean): number {
  if (code >= 48 && code <= 57) return code - 48
  const lower = code | 32
  return isHex && lower >= 97 && lower <= 102 ? lower - 87 : -1
}
