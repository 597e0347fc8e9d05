import type { Problem } from '@drawbridge/plugin-kit'
import { locate, type Subject } from './locate.ts'
import { type ConfigNode, nodeAt } from './node.ts'
import { positionAt, type Span } from './source.ts'
import { didYouMean } from './suggest.ts'

/** Something wrong, or worth a warning, in the configuration: where, what, and how to mend it. Also its JSON form. */
export interface Finding {
  readonly severity: 'error' | 'warning'
  /** Stable, kebab-case. */
  readonly code: string
  readonly file: string
  /** From 1; the end is exclusive. */
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
  readonly message: string
  readonly hint?: string
  /** Keys and indexes from the document's root to the value; empty when the finding is about the file. */
  readonly path: readonly (string | number)[]
}

/** Findings without the missing keys whose misspelt form is among them. */
export function withoutConsequences(findings: readonly Finding[]): readonly Finding[] {
  const meant = new Set(
    findings.flatMap(({ code, hint = '', path }) => {
      const [, key] = /^did you mean "(.*)"\?$/.exec(hint) ?? []
      return code !== 'unknown-key' || key === undefined
        ? []
        : [placeOf(path.slice(0, -1), `the key "${key}" is missing`)]
    }),
  )
  return findings.filter(({ code, message, path }) => code !== 'missing-key' || !meant.has(placeOf(path, message)))
}

function placeOf(path: Finding['path'], message: string): string {
  return [...path, message].join('\0')
}

/** A finding before its span is turned into lines and columns. */
export type FindingFacts = Pick<Finding, 'code' | 'message'> & {
  readonly severity?: Finding['severity']
  readonly hint?: string | undefined
  readonly path?: Finding['path']
}

/** A finding that knows its span. */
export interface FileFinding {
  readonly span: Span
  readonly facts: FindingFacts
}

/** The findings of one load. */
export interface Findings {
  add(span: Span, facts: FindingFacts): void
  /** Adds a finding about a file that could not be read as text. */
  addToFile(file: string, facts: FindingFacts): void
  /** Adds a problem whose path starts at the subject. */
  addProblem(subject: Subject, problem: Problem): void
  /** Adds what was found elsewhere. */
  addAll(findings: readonly Finding[]): void
  errorCount(): number
  /** All findings once each, sorted by file and line. */
  list(): readonly Finding[]
}

/** Makes an empty collection of findings. */
export function createFindings(): Findings {
  // A mistake under `defaults:` shows in every route; it is one mistake.
  const found = new Map<string, Finding>()
  const keep = (finding: Finding) => {
    const { file, line, column, code, message } = finding
    const key = [file, line, column, code, message].join('\0')
    if (!found.has(key)) found.set(key, finding)
  }
  const add: Findings['add'] = (span, { severity = 'error', code, message, hint, path = [] }) => {
    const { file, line, column } = positionAt(span.source, span.start)
    const end = positionAt(span.source, Math.max(span.end, span.start + 1))
    const place = { file, line, column, endLine: end.line, endColumn: end.column }
    keep({ severity, code, ...place, message, ...(hint === undefined ? {} : { hint }), path })
  }
  return {
    add,
    addToFile(file, { severity = 'error', code, message, hint }) {
      const place = { file, line: 1, column: 1, endLine: 1, endColumn: 1 }
      keep({ severity, code, ...place, message, ...(hint === undefined ? {} : { hint }), path: [] })
    },
    addProblem(subject, problem) {
      const { severity, code, message, path } = problem
      const at = nodeAt(subject.node, path)
      if (at?.kind === 'scalar' && at.isUnfilled === true) return
      const hint = problem.hint ?? hintFor(at, problem)
      add(locate(subject, problem), { severity, code, message, hint, path: [...subject.path, ...path] })
    },
    addAll: (findings) => findings.forEach(keep),
    errorCount: () => [...found.values()].filter(({ severity }) => severity === 'error').length,
    list: () => [...found.values()].sort(byPlace),
  }
}

function hintFor(node: ConfigNode | undefined, { code, path, known, message }: Problem): string | undefined {
  if (code === 'unknown-key') return didYouMean(String(path.at(-1)), known ?? [])
  if (node?.kind !== 'scalar' || code === 'missing-key') return undefined
  const { value } = node
  if (value === null)
    return 'nothing stands behind the colon: write a value, indent what belongs below, or remove the line'
  if (message.endsWith(' must be a list') && node.isSecret !== true) return `write [${value}]`
  if (/^(?:yes|no|on|off)$/i.test(String(value)) && /true,? (?:or )?false/.test(message)) return 'write true or false'
  const choices = / must be one of (.*)$/.exec(message)?.[1]
  return choices === undefined ? undefined : didYouMean(String(value), choices.split(', '))
}

function byPlace(a: Finding, b: Finding): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1
  return a.line - b.line || a.column - b.column
}
