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

function toFinding(span: Span, { code, message }: Pick<YAMLError, 'code' | 'message'>): FileFinding {
  if (code === 'RESOURCE_EXHAUSTION')
    return { span, facts: { code: 'too-deep', message: 'blocks are nested too deeply' } }
  if (code === 'TAG_RESOLVE_FAILED') {
    const text = 'tags (words with ! before a value) have no meaning here'
    return { span, facts: { code: 'yaml-tag', message: text, hint: 'put the value in quotes if the ! belongs to it' } }
  }
  return { span, facts: { code: 'yaml-syntax', message: sentence(message), hint: hintFor(span, { code, message }) } }
}

function hintFor({ source, start }: Span, { code, message }: Pick<YAMLError, 'code' | 'message'>): string | undefined {
  if (code === 'TAB_AS_INDENT') return 'indent with spaces'
  if (code === 'BLOCK_AS_IMPLICIT_KEY') return 'put a value that contains ": " in quotes'
  if (message.startsWith('Implicit map keys')) return 'write "key: value"'
  const lineStart = source.text.lastIndexOf('\n', start - 1) + 1
  const before = source.text.slice(lineStart, start + 2)
  // In `{ http: ${env:PORT} }` the inner brace begins another block.
  return code === 'UNEXPECTED_TOKEN' && before.includes('${')
    ? 'inside { } and [ ], put an interpolation in quotes'
    : undefined
}

function sentence(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1)
}
