import type { ValueSink } from './value-sink.ts'

const MAX_PARTS = 2000

/** The boundary of a multipart content type (RFC 2046, 5.1.1), or ''. */
export function boundaryOf(contentType: string): string {
  const found = /;\s*boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;,]{1,200}))/i.exec(contentType)
  return found?.[1] ?? found?.[2] ?? ''
}

/**
 * Hands over the field names, file names and texts of a multipart body; the contents of files are not looked at. Parts without a readable head
 * count as text.
 */
export function parseMultipart(text: string, boundary: string, sink: ValueSink): void {
  const sign = `--${boundary}`
  let at = text.indexOf(sign)
  if (at < 0) {
    sink.value(text, 0, text.length, false)
    return
  }
  for (let parts = 0; parts < MAX_PARTS && at >= 0 && at < text.length; parts++) {
    const start = at + sign.length
    if (text.startsWith('--', start)) return
    const next = text.indexOf(sign, start)
    parsePart(text, { start, end: next < 0 ? text.length : next }, sink)
    at = next
  }
}

function parsePart(text: string, bounds: { start: number; end: number }, sink: ValueSink): void {
  const head = endOfHead(text, bounds)
  const disposition = text.slice(bounds.start, Math.min(head.end, bounds.start + 2000))
  const name = /[\s;]name\s*=\s*(?:"([^"]*)"|([^\s;]+))/i.exec(disposition)
  const file = /[\s;]filename\*?\s*=\s*(?:"([^"]*)"|([^\s;]+))/i.exec(disposition)
  const type = /\ncontent-type:([^\r\n]*)/i.exec(disposition)?.[1]
  if (type !== undefined) sink.partType?.(type)
  const nameText = name?.[1] ?? name?.[2] ?? ''
  sink.name(nameText, 0, nameText.length, false)
  const fileText = file?.[1] ?? file?.[2] ?? ''
  if (fileText !== '') sink.value(fileText, 0, fileText.length, false)
  if (file === null) sink.value(text, head.body, trimmedEnd(text, head.body, bounds.end), false)
}

function endOfHead(text: string, bounds: { start: number; end: number }): { end: number; body: number } {
  for (const [sign, length] of [
    ['\r\n\r\n', 4],
    ['\n\n', 2],
  ] as const) {
    const found = text.slice(bounds.start, Math.min(bounds.end, bounds.start + 4000)).indexOf(sign)
    if (found >= 0) return { end: bounds.start + found, body: bounds.start + found + length }
  }
  return { end: bounds.start, body: bounds.start }
}

function trimmedEnd(text: string, start: number, end: number): number {
  let at = end
  while (at > start && (text.charCodeAt(at - 1) === 10 || text.charCodeAt(at - 1) === 13)) at--
  return at
}
