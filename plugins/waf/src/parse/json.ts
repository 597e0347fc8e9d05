import { NextIndex } from './next-index.ts'
import type { ValueSink } from './value-sink.ts'

const MAX_DEPTH = 64

/**
 * Walks JSON once from front to back, without building anything, and hands over every key and every string. Returns false where the text is no
 * JSON; what was handed over until then stays handed over. Comments, single quotes and bare words are no JSON here.
 */
export function parseJson(text: string, bounds: { start: number; end: number }, sink: ValueSink): boolean {
  const quotes = new NextIndex(text, '"')
  const escapes = new NextIndex(text, '\\')
  let depth = 0
  let isKey = false
  let isBehind = false
  const objects = new Uint8Array(MAX_DEPTH + 1)
  for (let at = bounds.start; at < bounds.end; ) {
    const code = text.charCodeAt(at)
    // Behind the closing bracket only another document may follow (NDJSON): `{} union select …` is no JSON.
    if (isBehind && depth === 0 && code > 32 && code !== 123 && code !== 91) return false
    switch (code) {
      case 34: {
        const backslash = escapes.from(at + 1)
        const close = endOfString(at + 1, bounds.end, { quotes, escapes })
        if (close >= bounds.end) return false
        hand(text, { start: at + 1, end: close }, { sink, isKey, isEscaped: backslash < close })
        at = close + 1
        break
      }
      case 123:
      case 91:
        if (++depth > MAX_DEPTH) return false
        isKey = code === 123
        objects[depth] = isKey ? 1 : 0
        at++
        break
      case 125:
      case 93:
        if (--depth < 0) return false
        isBehind = depth === 0
        isKey = false
        at++
        break
      case 58:
        isKey = false
        at++
        break
      case 44:
        isKey = objects[depth] === 1
        at++
        break
      default:
        if (!isScalarCode(code)) return false
        at = isLetter(code) ? behindWord(text, at) : at + 1
        if (at < 0) return false
    }
  }
  return depth === 0
}

/** Where the closing quote stands; the end of the text if there is none. */
function endOfString(from: number, end: number, signs: { quotes: NextIndex; escapes: NextIndex }): number {
  for (let at = from; at < end; ) {
    const quote = signs.quotes.from(at)
    const backslash = signs.escapes.from(at)
    if (quote < backslash) return quote
    at = backslash + 2
  }
  return end
}

function hand(
  text: string,
  bounds: { start: number; end: number },
  how: { sink: ValueSink; isKey: boolean; isEscaped: boolean },
): void {
  const { sink, isKey, isEscaped } = how
  if (!isEscaped) {
    if (isKey) sink.name(text, bounds.start, bounds.end, false)
    else sink.value(text, bounds.start, bounds.end, false)
    return
  }
  const plain = withoutEscapes(text, bounds)
  if (isKey) sink.name(plain, 0, plain.length, false)
  else sink.value(plain, 0, plain.length, false)
}

function withoutEscapes(text: string, bounds: { start: number; end: number }): string {
  try {
    return JSON.parse(text.slice(bounds.start - 1, bounds.end + 1))
  } catch {
    // A raw line break or an unknown escape: lenient servers take it, so it is looked at as it stands.
    return text.slice(bounds.start, bounds.end)
  }
}

/** Blanks and what numbers, `true`, `false` and `null` are made of. */
function isScalarCode(code: number): boolean {
  if (code === 32 || code === 10 || code === 13 || code === 9 || code === 43 || code === 45 || code === 46) return true
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 122) || code === 69 || code === 0xfeff
}

function isLetter(code: number): boolean {
  return code >= 97 && code <= 122
}

/** Where `true`, `false` or `null` end, or the `e` of a number; -1 for any other word. */
function behindWord(text: string, at: number): number {
  if (text.startsWith('true', at) || text.startsWith('null', at)) return at + 4
  if (text.startsWith('false', at)) return at + 5
  const previous = text.charCodeAt(at - 1)
  return text.charCodeAt(at) === 101 && previous >= 46 && previous <= 57 ? at + 1 : -1
}
