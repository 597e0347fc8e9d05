import type { Finding } from './finding.ts'
import { formatPosition } from './source.ts'

const CONTEXT_LINES = 2
const MAX_LINE = 120

/**
 * Findings as people read them: each with an excerpt of its file and a mark under the place, then a summary such as
 * `2 errors, 1 warning in 3 files`. Empty text when there are none. No colours.
 */
export function formatFindings(findings: readonly Finding[], sources: ReadonlyMap<string, string>): string {
  if (findings.length === 0) return ''
  const split = new Map([...sources].map(([file, text]) => [file, text.split('\n')]))
  const parts = findings.map((finding) => formatFinding(finding, split.get(finding.file) ?? []))
  return `${[...parts, summarise(findings)].join('\n')}\n`
}

/** `2 errors, 1 warning in 3 files`. */
export function summarise(findings: readonly Finding[]): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const counts = [count(errors, 'error'), count(findings.length - errors, 'warning')].filter((text) => text !== '')
  return `${counts.join(', ')} in ${count(new Set(findings.map(({ file }) => file)).size, 'file')}`
}

function count(number: number, word: string): string {
  return number === 0 ? '' : `${number} ${word}${number === 1 ? '' : 's'}`
}

function formatFinding(finding: Finding, lines: readonly string[]): string {
  const { severity, code, line, message, hint } = finding
  const head = `${severity}[${code}] ${formatPosition(finding)}`
  const help = hint === undefined ? [] : [`  help: ${hint}`]
  // A file that could not be read, or is empty, has nothing to show.
  if (lines[line - 1] === undefined || lines[line - 1]?.trim() === '') return [head, `  ${message}`, ...help].join('\n')
  return [head, ...excerpt(finding, lines), ...help].join('\n')
}

function excerpt(finding: Finding, lines: readonly string[]): string[] {
  const { line, column, endLine, endColumn, message } = finding
  const width = String(line).length + 2
  const text = printable(lines[line - 1] ?? '')
  // Of a very long line only the part around the place is shown.
  const cut = text.length > MAX_LINE ? Math.max(0, column - 1 - MAX_LINE / 2) : 0
  const first = Math.max(1, line - CONTEXT_LINES)
  const shown = lines
    .slice(first - 1, line)
    .map((shownLine, index) =>
      `${String(first + index).padStart(width)} | ${printable(shownLine).slice(cut, cut + MAX_LINE)}`.trimEnd(),
    )
  const end = endLine === line ? endColumn : text.trimEnd().length + 1
  const marks = '^'.repeat(Math.max(1, Math.min(end, cut + MAX_LINE + 1) - column))
  return [...shown, `${' '.repeat(width)} | ${' '.repeat(column - 1 - cut)}${marks} ${message}`]
}

/** One column per character, and nothing that a terminal would obey. */
function printable(line: string): string {
  return line.replace(/\r$/, '').replace(/\p{Cc}/gu, ' ')
}
