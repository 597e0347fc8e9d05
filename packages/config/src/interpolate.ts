import path from 'node:path'
import { TEMPLATE_VARIABLES } from '@drawbridge/plugin-kit'
import type { FindingFacts, Findings } from './finding.ts'
import { type ConfigNode, inFile, type MapEntry, type ScalarNode } from './node.ts'
import { folderOf } from './source.ts'
import { suggest } from './suggest.ts'

/** What interpolation may look at. */
export interface InterpolationContext {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly findings: Findings
  /** The text of a file, or the rest of a sentence that says why there is none. */
  readText(file: string): { readonly text: string } | { readonly problem: string }
}

type Path = readonly (string | number)[]
type Filled = { readonly text: string } | { readonly facts: FindingFacts }

// `{` excluded too: else a long text of nothing but `${` would be searched to its end at each of them.
const VARIABLE = /\$\$\{|\$\{([^{}]*)\}|\$\{(?=[A-Za-z])/g
const ENV = /^env:([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s

const UNCLOSED: Filled = {
  facts: {
    code: 'unknown-variable',
    message: `a \${ is not closed with }`,
    hint: `a literal \${ is written $\${`,
  },
}

/**
 * Replaces `${env:NAME}`, `${env:NAME:-default}` and `${file:path}` in all text below a node. Run-time variables and
 * `$${` are left to whoever compiles the template.
 */
export function interpolate<N extends ConfigNode>(context: InterpolationContext, node: N, at?: Path): N
export function interpolate(context: InterpolationContext, node: ConfigNode, at: Path = []): ConfigNode {
  if (node.kind === 'scalar') return interpolateScalar(context, node, at)
  if (node.kind === 'list')
    return { ...node, items: node.items.map((item, i) => interpolate(context, item, [...at, i])) }
  const entries = new Map<string, MapEntry>()
  for (const [key, entry] of node.entries)
    entries.set(key, { ...entry, value: interpolate(context, entry.value, [...at, key]) })
  return { ...node, entries }
}

function interpolateScalar(context: InterpolationContext, node: ScalarNode, at: Path): ScalarNode {
  const { value } = node
  if (typeof value !== 'string' || !value.includes('${')) return node
  const span = inFile(node.origin)
  let isSecret = false
  let isUnfilled = false
  const text = value.replace(VARIABLE, (whole: string, variable: string | undefined) => {
    if (whole === '$${' || (variable !== undefined && Object.hasOwn(TEMPLATE_VARIABLES, variable))) return whole
    isSecret = true
    const filled =
      variable === undefined ? UNCLOSED : fill(context, variable, span === undefined ? '.' : folderOf(span))
    if ('text' in filled) return filled.text
    isUnfilled = true
    if (span !== undefined) context.findings.add(span, { ...filled.facts, path: at })
    return ''
  })
  if (!isSecret) return node
  if (isUnfilled) return { ...node, value: text, isSecret, isUnfilled }
  const isWhole = value.startsWith('${') && value.indexOf('}') === value.length - 1
  return { ...node, value: isWhole && node.isPlain === true ? toScalar(text) : text, isSecret }
}

function fill(context: InterpolationContext, variable: string, folder: string): Filled {
  if (variable.startsWith('file:')) return readSecret(context, path.resolve(folder, variable.slice('file:'.length)))
  const [, name, fallback] = ENV.exec(variable) ?? []
  if (name === undefined) return { facts: unknownVariable(variable) }
  const value = context.env[name]
  // As in a shell: ":-" also stands in for an empty value.
  if (value !== undefined && (value !== '' || fallback === undefined)) return { text: value }
  const file = context.env[`${name}_FILE`]
  if (file !== undefined && file !== '') return readSecret(context, path.resolve(file))
  if (fallback !== undefined) return { text: fallback }
  return {
    facts: {
      code: 'missing-variable',
      message: `the environment variable ${name} is not set, nor is ${name}_FILE`,
      hint: `set it, or write a default: \${env:${name}:-value}`,
    },
  }
}

function readSecret({ readText }: InterpolationContext, file: string): Filled {
  const result = readText(file)
  if ('problem' in result) return { facts: { code: 'file-unreadable', message: `the file ${file} ${result.problem}` } }
  return { text: result.text.replace(/\r?\n$/, '') }
}

function unknownVariable(variable: string): FindingFacts {
  const known = Object.keys(TEMPLATE_VARIABLES)
  const near = suggest(variable, known)
  const isName = /^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)
  const meant = near ?? (isName ? `env:${variable}` : undefined)
  const hint =
    meant === undefined
      ? `there are \${env:NAME}, \${env:NAME:-default}, \${file:/path} and ${known.map((name) => `\${${name}}`).join(', ')}`
      : `did you mean \${${meant}}? A literal \${ is written $\${`
  return { code: 'unknown-variable', message: `unknown variable \${${variable}}`, hint }
}

/**
 * What YAML would make of the text without quotes, where that loses nothing: `007`, `1e5` and long digits stay text.
 */
function toScalar(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  if (!/^-?\d+(?:\.\d+)?$/.test(text)) return text
  const number = Number(text)
  return /^-?0\d/.test(text) || !Number.isFinite(number) || Math.abs(number) > Number.MAX_SAFE_INTEGER ? text : number
}
