const UNSAFE = /["\\\u0000-\u001f\u007f-\uffff]/
const UNSAFE_CHARACTERS = /["\\\u0000-\u001f\u007f-\uffff]+/g
const UNSAFE_IN_TARGET = /["\\\u0000-\u0020\u007f-\uffff]/
const UNSAFE_TARGET_CHARACTERS = /["\\\u0000-\u0020\u007f-\uffff]+/g
const UNSAFE_IN_JSON = /[\u007f-\u009f\u2028\u2029]/
const UNSAFE_JSON_CHARACTERS = /[\u007f-\u009f\u2028\u2029]/g

/** Text between quotes of a log line as nginx writes it: quotes, backslashes, control characters and all bytes beyond ASCII as `\xHH`. */
export function escapeQuoted(text: string): string {
  return UNSAFE.test(text) ? text.replace(UNSAFE_CHARACTERS, (part) => toHex(part, '\\x')) : text
}

/** A request target in a log line: as above, but percent-encoded, and so are blanks, because programs split there. */
export function escapeTarget(text: string): string {
  return UNSAFE_IN_TARGET.test(text) ? text.replace(UNSAFE_TARGET_CHARACTERS, (part) => toHex(part, '%')) : text
}

/** JSON without the characters that it need not escape, but at which programs (Node's readline, terminals) end a line or do other things. */
export function toSafeJson(value: object): string {
  const json = JSON.stringify(value)
  return UNSAFE_IN_JSON.test(json) ? json.replace(UNSAFE_JSON_CHARACTERS, toUnicodeEscape) : json
}

function toUnicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Header values have a character per byte; a path that was decoded has others too. */
function toHex(text: string, mark: string): string {
  const bytes = Buffer.from(text, isBytes(text) && mark === '\\x' ? 'latin1' : 'utf8')
  let escaped = ''
  for (const byte of bytes) escaped += mark + byte.toString(16).toUpperCase().padStart(2, '0')
  return escaped
}

function isBytes(text: string): boolean {
  return !/[\u0100-\uffff]/.test(text)
}
