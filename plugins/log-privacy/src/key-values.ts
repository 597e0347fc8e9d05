import { decodeFully } from './decode.ts'
import type { HeaderTest } from './secret-headers.ts'
import type { SecretKeys } from './secret-keys.ts'
import { REDACTED } from './tokens.ts'

const SEPARATOR = /[=:]|%3[ad]/gi
const KEY_CHARACTER = /[\w.[\]%-]/
const LONGEST_KEY = 100
const SHORTEST_KEY = 3
/** Headers of which the rest of the line is secret, with its blanks and semicolons. */
const WHOLE_LINE = /^(?:proxy-)?authorization$|^(?:set-)?cookie$/i
const VALUE_END = /[\s&;,"'<>(){}[\]\\`|]|%(?:26|3b|2c|22|20|0a)/gi
const LINE_END = /[\r\n"'`]/g

/** What tells secrets by their names. */
export interface SecretNames {
  readonly keys: SecretKeys
  readonly isSecretHeader: HeaderTest
}

/**
 * Replaces the values behind secret names anywhere in text: `password=x`, `"token": "x"`, `Cookie: a=b; c=d`, `?code=x`, `%26token%3Dx`.
 * One pass; a value that was replaced is not looked at again.
 */
export function redactKeyValues(text: string, names: SecretNames): string {
  let done = ''
  let copied = 0
  SEPARATOR.lastIndex = 0
  for (let found = SEPARATOR.exec(text); found !== null; found = SEPARATOR.exec(text)) {
    const separatorEnd = found.index + found[0].length
    const key = readKey(text, found.index, copied)
    if (key === undefined || !isSecret(key, found[0], names)) continue
    const value = findValue(text, separatorEnd, WHOLE_LINE.test(key.name) && isColon(found[0]))
    if (value === undefined || isLineNumber(key.name, text.slice(value.start, value.end))) continue
    done += text.slice(copied, value.start) + REDACTED
    copied = value.end
    SEPARATOR.lastIndex = value.end
  }
  return copied === 0 ? text : done + text.slice(copied)
}

interface Key {
  readonly name: string
  /** Behind `?`, `&` or `;`, as in a query. */
  readonly isParameter: boolean
}

function isColon(separator: string): boolean {
  return separator === ':' || separator.toLowerCase() === '%3a'
}

function isSecret({ name, isParameter }: Key, separator: string, { keys, isSecretHeader }: SecretNames): boolean {
  if (isParameter && !isColon(separator) && keys.isSecretParameter(name)) return true
  return keys.isSecretName(name) || (isColon(separator) && isSecretHeader(name))
}

/** The key before a separator, perhaps in quotes (escaped ones too) and with blanks. */
function readKey(text: string, separator: number, from: number): Key | undefined {
  let end = separator
  while (end > from && end > separator - 4 && /[ "'`\\]/.test(text.charAt(end - 1))) end -= 1
  let start = end
  const lowest = Math.max(from, end - LONGEST_KEY)
  while (start > lowest && KEY_CHARACTER.test(text.charAt(start - 1))) start -= 1
  if (end - start < SHORTEST_KEY) return undefined
  const decoded = decodeFully(text.slice(start, end))
  const name = decoded.slice(decoded.search(/[^?&;/=]*$/))
  return { name, isParameter: name !== decoded || /[?&;]/.test(text.charAt(start - 1)) }
}

/** `session-token.ts:12:5` in a stack. */
function isLineNumber(name: string, value: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(name) && /^\d+(?::\d+)?$/.test(value)
}

interface Span {
  readonly start: number
  readonly end: number
}

function findValue(text: string, separatorEnd: number, isWholeLine: boolean): Span | undefined {
  let start = separatorEnd
  while (start < separatorEnd + 4 && /[ \t]/.test(text.charAt(start))) start += 1
  const opening = /^\\*["'`]/.exec(text.slice(start, start + 4))?.[0]
  if (opening !== undefined) {
    start += opening.length
    const close = findClosing(text, start, opening)
    return close === start ? undefined : { start, end: close }
  }
  if (text.startsWith(REDACTED, start)) return undefined
  const end = endOfMatch(isWholeLine ? LINE_END : VALUE_END, text, start)
  return end === start ? undefined : { start, end }
}

/** The quote that closes a value; in JSON within JSON both have a backslash, and an escaped one has three. Without any, the text's end. */
function findClosing(text: string, start: number, opening: string): number {
  const escapes = opening.length - 1
  const quote = opening.charAt(escapes)
  for (let close = text.indexOf(quote, start); close !== -1; close = text.indexOf(quote, close + 1)) {
    let backslashes = 0
    while (text.charAt(close - 1 - backslashes) === '\\' && close - backslashes > start) backslashes += 1
    if (backslashes % (2 * (escapes + 1)) === escapes) return close - escapes
  }
  return text.length
}

function endOfMatch(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start
  return pattern.exec(text)?.index ?? text.length
}
