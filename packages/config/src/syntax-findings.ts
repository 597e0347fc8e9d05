import type { YAMLError } from 'yaml'
import type { FileFinding } from './finding.ts'
import { positionAt, type Source, type Span } from './source.ts'

const MAX_FINDINGS = 5

/** What the YAML library complains about, in words that help. Its positions count from `offset`. */
export function syntaxFindings(source: Source, problems: readonly YAMLError[], offset: number): FileFinding[] {
  // What follows on the same line is nearly always a consequence.
  const byLine = new Map<number, YAMLError>()
  for (const problem of problems) {
    const { line } = positionAt(source, problem.pos[0] + offset)
    if (!byLine.has(line)) byLine.set(line, problem)
  }
  return [...byLine.values()].slice(0, MAX_FINDINGS).map((problem) => {
    const [start, end] = problem.pos
    return toFinding({ source, start: start + offset, end: end + offset }, problem)
  })
}

function toFinding(span: Span, problem: Problem): FileFinding {
  if (problem.code === 'RESOURCE_EXHAUSTION')
    return { span, facts: { code: 'too-deep', message: 'blocks are nested too deeply' } }
  if (problem.code === 'TAG_RESOLVE_FAILED') {
    const text = 'tags (words with ! before a value) have no meaning here'
    return { span, facts: { code: 'yaml-tag', message: text, hint: 'put the value in quotes if the ! belongs to it' } }
  }
  const { at = span, message, hint } = inOtherWords(span, problem) ?? { message: sentence(problem.message) }
  return { span: at, facts: { code: 'yaml-syntax', message, hint } }
}

type Problem = Pick<YAMLError, 'code' | 'message'>

interface Words {
  /** Where the mistake was made, if not where the library noticed it. */
  readonly at?: Span
  readonly message: string
  readonly hint?: string
}

/** What people do wrong most often. The library speaks of implicit keys and compact mappings. */
function inOtherWords(span: Span, { code, message }: Problem): Words | undefined {
  if (code === 'TAB_AS_INDENT') return { message: 'tabs are not allowed as indentation', hint: 'indent with spaces' }
  if (code === 'BLOCK_AS_IMPLICIT_KEY') return valueWithBlock(span)
  if (code === 'MULTILINE_IMPLICIT_KEY' || message.startsWith('Implicit map keys')) return lineWithoutKey(span)
  if (message.startsWith('All mapping items'))
    return { at: contentOf(span), message: 'this line begins in another column than the keys beside it' }
  const [, kind, end] = /^Flow (sequence|map) .* end with a (.)$/.exec(message) ?? []
  if (end !== undefined)
    return { message: `the ${kind === 'map' ? 'block opened with {' : 'list opened with ['} does not end with ${end}` }
  const [, quote] = /^Missing closing (.)quote$/.exec(message) ?? []
  if (quote !== undefined) return { at: openingQuote(span, quote), message: `this ${quote} is not closed` }
  // In `{ http: ${env:PORT} }` the inner brace begins another block.
  if (code !== 'UNEXPECTED_TOKEN' || !span.source.text.slice(lineStart(span), span.start + 2).includes('${')) return
  return { message: sentence(message), hint: 'inside { } and [ ], put an interpolation in quotes' }
}

/** `a: b: c`, or a value with a block below it. */
function valueWithBlock(span: Span): Words {
  const { source, start } = span
  const lineEnd = endOfLine(source, start)
  if (/:(?:\s|$)/.test(source.text.slice(start, lineEnd)))
    return { message: 'a value cannot hold a ": " of its own', hint: 'put a value that contains ": " in quotes' }
  const next = { source, start: lineEnd + 1, end: endOfLine(source, lineEnd + 1) }
  return {
    at: contentOf(next),
    message: 'this line is indented below a key that has a value already',
    hint: 'begin it in the column of the key above, or remove the value there',
  }
}

function lineWithoutKey(span: Span): Words {
  const { source, start } = span
  const line = { source, start, end: endOfLine(source, start) }
  const [, key, value] = /^([\w-]+):(\S.*)$/.exec(source.text.slice(line.start, line.end).trimEnd()) ?? []
  if (key === undefined) return { at: line, message: 'this line is no "key: value"', hint: 'write "key: value"' }
  return { at: line, message: `there is no space behind "${key}:"`, hint: `write "${key}: ${value}"` }
}

/** The library notices an open quote at the end of the file only: the last one that is not escaped opened it. */
function openingQuote(span: Span, quote: string): Span {
  const { text } = span.source
  let at = text.lastIndexOf(quote, span.start - 1)
  while (at > 0 && text[at - 1] === '\\') at = text.lastIndexOf(quote, at - 1)
  return at === -1 ? span : { ...span, start: at, end: at + 1 }
}

/** The span from the first character of its line that is no blank. */
function contentOf({ source, start, end }: Span): Span {
  const blanks = /^ */.exec(source.text.slice(start, endOfLine(source, start)))?.[0].length ?? 0
  return { source, start: start + blanks, end: Math.max(end, start + blanks + 1) }
}

function lineStart({ source, start }: Span): number {
  return source.text.lastIndexOf('\n', start - 1) + 1
}

function endOfLine({ text }: Source, at: number): number {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end
}

function sentence(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1)
}
