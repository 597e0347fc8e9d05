import path from 'node:path'
import { createFindings, type Findings } from './finding.ts'
import type { InterpolationContext } from './interpolate.ts'
import { type ParsedFile, parseYaml } from './parse-yaml.ts'
import { type Readers, readText } from './read-file.ts'
import { createSource, type Span } from './source.ts'

/** What one load shares: where it reads, what it has read, and what it found. */
export interface LoadContext extends InterpolationContext {
  readonly readers: Readers
  readonly findings: Findings
  /** Texts of the configuration files, by the path that findings show. */
  readonly sources: Map<string, string>
  /** Absolute paths of everything read, also certificates and secrets. */
  readonly files: Set<string>
  /** Parsed files by absolute path, for the next load. */
  readonly parsed: Map<string, ParsedFile>
  /** What a file held at the earlier load. */
  parsedEarlier(file: string): ParsedFile | undefined
  /** Reads and parses a file and reports what is wrong with it, at `mention` when there is no text. */
  parse(file: string, mention?: Span): ParsedFile | undefined
}

/** Options of `createLoadContext`. */
export interface LoadContextOptions {
  readonly readers: Readers
  readonly env: Readonly<Record<string, string | undefined>>
  /** Parsed files of an earlier load; those whose text is still the same are not parsed again. */
  readonly earlier?: ReadonlyMap<string, ParsedFile> | undefined
}

/** Makes the context of one load. */
export function createLoadContext({ readers, env, earlier }: LoadContextOptions): LoadContext {
  const findings = createFindings()
  const sources = new Map<string, string>()
  const files = new Set<string>()
  const parsed = new Map<string, ParsedFile>()
  return {
    readers,
    env,
    findings,
    sources,
    files,
    parsed,
    parsedEarlier: (file) => earlier?.get(path.resolve(file)),
    readText(file) {
      files.add(path.resolve(file))
      const result = readText(readers, file)
      return result.text === undefined ? { problem: result.problem } : { text: result.text }
    },
    parse(file, mention) {
      const absolute = path.resolve(file)
      files.add(absolute)
      const result = readText(readers, file)
      if (result.text === undefined) {
        const facts = { code: result.code, message: `${file} ${result.problem}` }
        if (mention === undefined) findings.addToFile(file, facts)
        else findings.add(mention, facts)
        return undefined
      }
      sources.set(file, result.text)
      const known = earlier?.get(absolute)
      const isKnown = known !== undefined && known.source.text === result.text && known.source.file === file
      const parse = isKnown ? known : parseYaml(createSource(file, result.text))
      parsed.set(absolute, parse)
      for (const { span, facts } of parse.findings) findings.add(span, facts)
      return parse
    },
  }
}
