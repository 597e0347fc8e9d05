import path from 'node:path'
import type { Position } from './model.ts'

/** A configuration file's text, with the offsets at which its lines begin. */
export interface Source {
  /** The path as messages show it: beside the path that the operator gave. */
  readonly file: string
  readonly text: string
  readonly lineStarts: readonly number[]
}

/** A stretch of a source; offsets count UTF-16 units, `end` is exclusive. */
export interface Span {
  readonly source: Source
  readonly start: number
  readonly end: number
}

/** Makes a source of a file's text. */
export function createSource(file: string, text: string): Source {
  const lineStarts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1)
  return { file, text, lineStarts }
}

/** Line and column, from 1, of an offset. */
export function positionAt(source: Source, offset: number): Position {
  const { lineStarts } = source
  let low = 0
  let high = lineStarts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((lineStarts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return { file: source.file, line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 }
}

/** Where a span begins. */
export function positionOf(span: Span): Position {
  return positionAt(span.source, span.start)
}

/** A span of nothing at the beginning of a source. */
export function startOf(source: Source): Span {
  return { source, start: 0, end: 0 }
}

/** `file:line:column`, as terminals and editors link it. */
export function formatPosition({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`
}

/** The folder of the file that a span is in, to which the paths written there are relative. */
export function folderOf(span: Span): string {
  return path.dirname(span.source.file)
}
