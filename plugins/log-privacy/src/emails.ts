/** What stands for an e-mail address. */
export const EMAIL = '[email]'

/** `@`, also percent-encoded (twice), as an entity, escaped in JSON, full-width, and as people hide it. */
const AT = /@|%(?:25)*40|&#(?:64|x40);|&commat;|\\u0040|\uff20|\((?:at)\)|\[at\]/gi
/** What ends an address without quotes in text, URLs and JSON; RFC 5322 would allow some of it. */
const BOUNDARY = new Set(' \t\r\n\f\v\u00a0\u3000"(),:;<>[]\\/?&@\0\uff20\u2028\u2029')
const KEY = /^[\w-]+$/
/** What may begin a local part, but is more likely a quotation mark. */
const MARKS = new Set("'`*{=#!~^|")
const LONGEST_QUOTED = 256

/**
 * Replaces what looks like an e-mail address, also in URLs (`jane%40example.org`), quoted, with an IP address as domain, or without a dot in
 * the domain. One pass: what one match has read no other reads again.
 */
export function maskEmailsIn(text: string): string {
  let done = ''
  let copied = 0
  let read = 0
  AT.lastIndex = 0
  for (let at = AT.exec(text); at !== null; at = AT.exec(text)) {
    const domainStart = at.index + at[0].length
    const domainEnd = endOfDomain(text, domainStart)
    const start = startOfLocalPart(text, at.index, { from: copied, read })
    read = domainStart
    if (start === undefined || !isDomain(text.slice(domainStart, domainEnd), text.charAt(start) === '"')) continue
    done += text.slice(copied, start) + EMAIL
    copied = domainEnd
    read = domainEnd
    AT.lastIndex = domainEnd
  }
  return copied === 0 ? text : done + text.slice(copied)
}

interface Bounds {
  /** The end of the last address. */
  readonly from: number
  /** The end of the last `@`, which only a quoted local part may hold. */
  readonly read: number
}

function startOfLocalPart(text: string, at: number, { from, read }: Bounds): number | undefined {
  if (text.charAt(at - 1) === '"') return startOfQuoted(text, at - 1, from)
  let start = at
  while (start > read && !BOUNDARY.has(text.charAt(start - 1))) {
    start -= 1
    if (text.charAt(start) === '%' && isEncodedBoundary(text, start)) {
      start += 3
      break
    }
  }
  start = Math.min(behindKey(text, start, at), at)
  while (start < at && MARKS.has(text.charAt(start))) start += 1
  return /[\p{L}\p{N}]/u.test(text.slice(start, at)) ? start : undefined
}

/** `email=jane@…`: the key is worth showing. */
function behindKey(text: string, start: number, at: number): number {
  const equals = text.slice(start, at).indexOf('=')
  return equals > 0 && KEY.test(text.slice(start, start + equals)) ? start + equals + 1 : start
}

/** `"jane doe"@example.org`, with escaped quotes inside. */
function startOfQuoted(text: string, close: number, from: number): number | undefined {
  const lowest = Math.max(from, close - LONGEST_QUOTED)
  for (let i = close - 1; i >= lowest; i -= 1)
    if (text.charAt(i) === '"' && text.charAt(i - 1) !== '\\') return i + 1 === close ? undefined : i
  return undefined
}

/** The end of `example.org`, `[192.168.0.1]` or `m%C3%BCller.de`. */
function endOfDomain(text: string, start: number): number {
  if (text.charAt(start) === '[') {
    let close = start + 1
    while (close < start + 64 && /[\w.:]/.test(text.charAt(close))) close += 1
    return text.charAt(close) === ']' ? close + 1 : start
  }
  let end = start
  while (isDomainCharacter(text, end)) end += text.charAt(end) === '%' ? 3 : 1
  while (end > start && /[.-]/.test(text.charAt(end - 1))) end -= 1
  return end
}

function isDomainCharacter(text: string, index: number): boolean {
  const character = text.charAt(index)
  if (character === '%') return /[89a-f]/i.test(text.charAt(index + 1)) && /[\da-f]/i.test(text.charAt(index + 2))
  return /[\w.-]/.test(character) || (character > '\u007f' && !BOUNDARY.has(character))
}

/** A version (`fastify@5.2.1`) is none: a name ends in a label that begins with a letter. Nor is the scope in `"name":"@scope/name"`. */
function isDomain(domain: string, isQuoted: boolean): boolean {
  if (domain.startsWith('[')) return true
  if (isQuoted && !domain.includes('.')) return false
  return /^(?:\d{1,3}\.){3}\d{1,3}$/.test(domain) || /^[\p{L}%]/u.test(domain.slice(domain.lastIndexOf('.') + 1))
}

/** `%20`, `%22`, `%3D` and the like end a local part as the character would; `%2B` does not. */
function isEncodedBoundary(text: string, percent: number): boolean {
  const code = Number.parseInt(text.slice(percent + 1, percent + 3), 16)
  return code <= 32 || code === 61 || BOUNDARY.has(String.fromCharCode(code))
}
