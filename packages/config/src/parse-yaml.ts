import { parseAllDocuments } from 'yaml'
import { type RawDocument, toNode } from './convert-yaml.ts'
import type { FileFinding } from './finding.ts'
import type { MapNode } from './node.ts'
import type { Source } from './source.ts'
import { splitAtHosts } from './split-routes.ts'
import { syntaxFindings } from './syntax-findings.ts'

const OLD_YAML = { code: 'yaml-syntax', message: 'only YAML 1.2 is read', hint: 'remove the %YAML line' }

/** A file's documents: blocks of keys with the origin of each value, not yet interpolated. */
export interface ParsedFile {
  readonly source: Source
  readonly documents: readonly MapNode[]
  readonly findings: readonly FileFinding[]
}

/**
 * Parses YAML 1.2 (core schema). Several routes without `---` between them are taken apart, with a warning. Never
 * throws.
 */
export function parseYaml(source: Source): ParsedFile {
  const findings: FileFinding[] = []
  const documents: MapNode[] = []
  for (const chunk of parseChunk(source, { start: 0, end: source.text.length }, findings)) {
    const pieces = splitAtHosts(source, chunk)
    if (pieces.length === 1) {
      addDocument(source, chunk, { documents, findings })
      continue
    }
    findings.push(severalRoutes(source, pieces))
    for (const piece of pieces)
      for (const part of parseChunk(source, piece, findings)) addDocument(source, part, { documents, findings })
  }
  return { source, documents, findings }
}

function parseChunk(source: Source, range: { start: number; end: number }, findings: FileFinding[]): RawDocument[] {
  const text = source.text.slice(range.start, range.end)
  const parsed = parseAllDocuments(text, {
    prettyErrors: false,
    stringKeys: true,
    resolveKnownTags: false,
    logLevel: 'silent',
    // Checked in convert-yaml, where it costs one look-up a key instead of a comparison with every other key.
    uniqueKeys: false,
  })
  const documents: RawDocument[] = []
  for (const document of parsed) {
    const problems = [...document.errors, ...document.warnings]
    if (problems.length > 0) {
      findings.push(...syntaxFindings(source, problems, range.start))
      continue
    }
    const version = document.directives?.yaml
    if (version?.explicit === true && version.version !== '1.2') {
      findings.push({ span: { source, start: range.start, end: range.start }, facts: OLD_YAML })
      continue
    }
    const [start, , end] = document.range
    documents.push({
      offset: range.start,
      start: start + range.start,
      end: end + range.start,
      contents: document.contents,
    })
  }
  return documents
}

function addDocument(source: Source, raw: RawDocument, into: { documents: MapNode[]; findings: FileFinding[] }): void {
  const result = toNode(source, raw)
  for (const finding of result.findings) into.findings.push(finding)
  if (result.node === undefined) return
  const { node } = result
  if (node.kind === 'map') {
    into.documents.push(node)
    return
  }
  // A document without content (a comment, a trailing `---`) is no mistake.
  if (node.kind === 'scalar' && node.value === null) return
  const span = { source, start: raw.start, end: raw.start }
  const message = 'a document must be a block of keys, such as "host: example.org"'
  into.findings.push({
    span: typeof node.origin === 'object' ? node.origin : span,
    facts: { code: 'wrong-type', message },
  })
}

function severalRoutes(source: Source, pieces: readonly { start: number; hostAt: number }[]): FileFinding {
  const second = pieces[1]?.hostAt ?? 0
  return {
    span: { source, start: second, end: second + 'host'.length },
    facts: {
      severity: 'warning',
      code: 'several-routes',
      message: `a second route begins here; ${pieces.length} routes were read from one document`,
      hint: 'put a line with --- above each further "host:"',
    },
  }
}
