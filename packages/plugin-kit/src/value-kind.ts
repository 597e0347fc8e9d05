import type { KeywordDefinition, SchemaObject } from 'ajv'
import { DURATION_PATTERN, formatDuration, parseDuration } from './duration.ts'
import { PATH_PATTERN, parsePathPattern } from './path-pattern.ts'
import { parseRate, RATE_PATTERN } from './rate.ts'
import { formatSize, parseSize, SIZE_PATTERN } from './size.ts'

/** Bounds of a value kind, in its resolved unit. */
export interface KindBounds {
  readonly min?: number
  readonly max?: number
}

interface KindSpec extends KindBounds {
  readonly name: keyof typeof KINDS
}

interface Kind {
  readonly expected: string
  readonly pattern: string
  parse(value: unknown): unknown
  measure?(parsed: unknown): number
  format?(value: number): string
}

const KINDS = {
  duration: {
    expected: 'a duration such as 250ms, 5s or 2h45m, or a number of seconds',
    pattern: DURATION_PATTERN,
    parse: parseDuration,
    measure: (parsed) => parsed as number,
    format: formatDuration,
  },
  size: {
    expected: 'a size such as 512kb or 10mb, or a number of bytes',
    pattern: SIZE_PATTERN,
    parse: parseSize,
    measure: (parsed) => parsed as number,
    format: formatSize,
  },
  rate: {
    expected: 'a rate such as 100 (a minute), 5/10s or 1000/h',
    pattern: RATE_PATTERN,
    parse: parseRate,
    measure: (parsed) => (parsed as { count: number }).count,
    format: String,
  },
  path: {
    expected: 'a path pattern such as /auth/*, /login or *.php',
    pattern: PATH_PATTERN,
    parse: (value) => (typeof value === 'string' && parsePathPattern(value) !== undefined ? value : undefined),
  },
} satisfies Record<string, Kind>

/**
 * The Ajv keyword behind `Duration`, `Size`, `Rate` and `PathPattern`: checks the written form and replaces it by the
 * resolved value (milliseconds, bytes, `{ count, windowMs }`).
 */
export const kindKeyword: KeywordDefinition = {
  keyword: 'kind',
  modifying: true,
  errors: 'full',
  compile(spec: KindSpec) {
    const kind: Kind = KINDS[spec.name]
    return function validate(value, context) {
      const parsed = kind.parse(value)
      const message = parsed === undefined ? `must be ${kind.expected}` : outOfBounds(kind, spec, parsed)
      if (message !== undefined) {
        Object.assign(validate, { errors: [{ keyword: 'kind', message, params: { kind: spec.name } }] })
        return false
      }
      if (context !== undefined) context.parentData[context.parentDataProperty] = parsed
      return true
    }
  },
}

function outOfBounds(kind: Kind, { min, max }: KindBounds, parsed: unknown): string | undefined {
  if (kind.measure === undefined || kind.format === undefined) return undefined
  const measured = kind.measure(parsed)
  if (min !== undefined && measured < min) return `must be at least ${kind.format(min)}`
  if (max !== undefined && measured > max) return `must be at most ${kind.format(max)}`
  return undefined
}

/** A copy of a schema in plain JSON Schema draft-07, as editors understand it: each value kind becomes number-or-pattern. */
export function toPlainSchema(schema: SchemaObject): SchemaObject {
  if (Array.isArray(schema)) return schema.map((item) => toPlainSchema(item))
  if (schema === null || typeof schema !== 'object') return schema
  const plain: SchemaObject = {}
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'kind' && typeof value?.name === 'string') Object.assign(plain, plainKind(value))
    else plain[key] = toPlainSchema(value)
  }
  return plain
}

function plainKind(spec: KindSpec): SchemaObject {
  const text = { type: 'string', pattern: KINDS[spec.name].pattern }
  return spec.name === 'path' ? text : { anyOf: [{ type: 'number', minimum: 0 }, text] }
}
