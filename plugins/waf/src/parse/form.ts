import { NextIndex } from './next-index.ts'
import type { ValueSink } from './value-sink.ts'

/** Splits `a=b&c=d` (a query or an urlencoded body) between `start` and `end` into names and values, still coded. */
export function parseForm(text: string, bounds: { start: number; end: number }, sink: ValueSink): void {
  const ampersands = new NextIndex(text, '&')
  const equals = new NextIndex(text, '=')
  const percents = new NextIndex(text, '%')
  const pluses = new NextIndex(text, '+')
  for (let at = bounds.start; at < bounds.end; ) {
    const end = Math.min(ampersands.from(at), bounds.end)
    const equal = equals.from(at)
    const isNameCoded = Math.min(percents.from(at), pluses.from(at)) < Math.min(equal, end)
    const from = equal < end ? equal + 1 : at
    const isValueCoded = Math.min(percents.from(from), pluses.from(from)) < end
    if (equal < end) {
      sink.name(text, at, equal, isNameCoded)
      sink.value(text, from, end, isValueCoded)
    } else if (end > at) {
      sink.name(text, at, at, false)
      sink.value(text, from, end, isValueCoded)
    }
    at = end + 1
  }
}

/** Whether a text is `name=value` pairs joined with `&`, with plain names: at least `least` of them. */
export function looksLikeForm(text: string, bounds: { start: number; end: number }, least: number): boolean {
  let pairs = 0
  for (let at = bounds.start; at < bounds.end; ) {
    const nameEnd = endOfName(text, at, bounds.end)
    if (nameEnd === at || nameEnd >= bounds.end || text.charCodeAt(nameEnd) !== 61) return false
    pairs++
    const next = text.indexOf('&', nameEnd)
    if (next < 0 || next >= bounds.end) break
    if (pairs >= least) return true
    at = next + 1
  }
  return pairs >= least
}

function endOfName(text: string, start: number, end: number): number {
  let at = start
  for (; at < end && at < start + 64; at++) {
    const code = text.charCodeAt(at)
    const isLetter = (code >= 48 && code <= 57) || (code >= 97 && code <= 122) || (code >= 65 && code <= 90)
    if (
      !isLetter &&
      code !== 95 &&
      code !== 45 &&
      code !== 46 &&
      code !== 91 &&
      code !== 93 &&
      code !== 37 &&
      code !== 36
    )
      break
  }
  return at
}
