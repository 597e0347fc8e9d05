import { NextIndex } from './next-index.ts'
import type { ValueSink } from './value-sink.ts'

/**
 * Hands over the texts and attribute values of an XML document. The tags themselves are the format, not the value; document types are left to
 * the caller, who looks at the head of the document.
 */
export function parseXml(text: string, bounds: { start: number; end: number }, sink: ValueSink): void {
  const opens = new NextIndex(text, '<')
  const closes = new NextIndex(text, '>')
  for (let at = bounds.start; at < bounds.end; ) {
    const open = Math.min(opens.from(at), bounds.end)
    if (open > at) sink.value(text, at, open, false)
    if (open >= bounds.end) return
    if (text.startsWith('<![CDATA[', open)) {
      const end = endOf(text, ']]>', { from: open, limit: bounds.end })
      sink.value(text, open + 9, end, false)
      at = end + 3
      continue
    }
    const close = Math.min(closes.from(open), bounds.end)
    parseAttributes(text, { start: open, end: close }, sink)
    at = close + 1
  }
}

function endOf(text: string, sign: string, place: { from: number; limit: number }): number {
  const found = text.indexOf(sign, place.from)
  return found < 0 ? place.limit : Math.min(found, place.limit)
}

function parseAttributes(text: string, bounds: { start: number; end: number }, sink: ValueSink): void {
  for (let at = bounds.start; at < bounds.end; at++) {
    const code = text.charCodeAt(at)
    if (code !== 34 && code !== 39) continue
    const start = at + 1
    for (at = start; at < bounds.end && text.charCodeAt(at) !== code; at++);
    if (at > start) sink.value(text, start, at, false)
  }
}
