const ENCODED = /%(?:u([\da-f]{4})|([\da-f]{2}))/gi
const MAX_ROUNDS = 3

/** Percent-decodes until nothing is encoded any more, at most three times, as careless backends do. What is no encoding stays; never throws. */
export function decodeFully(text: string): string {
  let decoded = text
  for (let round = 0; round < MAX_ROUNDS && decoded.includes('%'); round += 1) decoded = decodeOnce(decoded)
  return decoded
}

/** Percent-decodes once, UTF-8 where it is that, else byte by byte. Never throws. */
export function decodeOnce(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    // Malformed on purpose or by age: what a lenient backend would read is what must be looked at.
    return text.replace(ENCODED, (_whole, wide: string | undefined, byte: string) =>
      String.fromCharCode(Number.parseInt(wide ?? byte, 16)),
    )
  }
}

/** Percent-encodes what would end a decoded part of a URL, or a line of a log. */
export function encodeUnsafe(text: string): string {
  return text.replace(/[\0- "#%&;?\x7f\u0085\u2028\u2029]/g, (character) =>
    character < '\x80'
      ? `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
      : encodeURIComponent(character),
  )
}
