const DIGITS = buildDigits()
const SHORTEST = 8
const LONGEST = 16_384

/** Where a decoded value is written; one for all, values are looked at one after the other. */
export function createBase64Decoder(): (text: string, start: number, end: number) => string {
  const bytes = Buffer.allocUnsafe(LONGEST)
  return (text, start, end) => decode(bytes, { text, start, end })
}

/**
 * Decodes a value that is plainly Base64 of printable text (also URL-safe, without padding, with `+` turned into a blank); '' if it is not. Random
 * tokens fail at the first unprintable byte, after two or three of them.
 */
function decode(bytes: Buffer, value: { text: string; start: number; end: number }): string {
  const end = withoutPadding(value.text, value.start, value.end)
  const length = end - value.start
  if (length < SHORTEST || length > LONGEST || length % 4 === 1) return ''
  let bits = 0
  let word = 0
  let written = 0
  for (let at = value.start; at < end; at++) {
    const code = value.text.charCodeAt(at)
    const digit = code < 128 ? (DIGITS[code] ?? 255) : 255
    if (digit === 255) return ''
    word = ((word << 6) | digit) & 0xffff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    const byte = (word >> bits) & 0xff
    if (!isPrintable(byte)) return ''
    bytes[written++] = byte
  }
  const decoded = bytes.toString('utf8', 0, written)
  return decoded.includes('\ufffd') ? '' : decoded
}

function withoutPadding(text: string, start: number, end: number): number {
  let at = end
  while (at > start && text.charCodeAt(at - 1) === 61 && end - at < 2) at--
  return at
}

function isPrintable(byte: number): boolean {
  return (byte >= 32 && byte !== 127) || byte === 10 || byte === 13 || byte === 9
}

function buildDigits(): Uint8Array {
  const digits = new Uint8Array(128).fill(255)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  for (let value = 0; value < 64; value++) digits[alphabet.charCodeAt(value)] = value
  digits[45] = 62
  digits[95] = 63
  digits[32] = 62
  return digits
}
