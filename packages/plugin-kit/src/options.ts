import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { Static, TSchema } from 'typebox'
import { kindKeyword } from './value-kind.ts'

/** Something wrong, or worth a warning, in options: where, what, and how to mend it. Positions are added by whoever knows the file. */
export interface Problem {
  readonly severity: 'error' | 'warning'
  /** Stable, kebab-case: `unknown-key`, `wrong-type`, `missing-key`, `bad-value`, or a plugin's own. */
  readonly code: string
  /** Keys and indexes from the options' root to the value. */
  readonly path: readonly (string | number)[]
  readonly message: string
  readonly hint?: string
  /** For `unknown-key`: the keys that would have been right. */
  readonly known?: readonly string[]
}

/** Resolved options (defaults filled in, kinds converted, frozen), or the reasons why not. */
export type Resolution<T> =
  | { readonly value: T; readonly problems: readonly [] }
  | { readonly problems: readonly Problem[] }

const ajv = new Ajv({
  allErrors: true,
  useDefaults: true,
  verbose: true,
  strict: true,
  strictTypes: false,
  allowUnionTypes: true,
})
ajv.addKeyword(kindKeyword)

const compiled = new WeakMap<TSchema, ValidateFunction>()
const resolved = new WeakSet<object>()

/**
 * Validates options against a plugin's schema, fills in defaults and converts value kinds (`5s` → 5000). The input is
 * not changed; options that came out of here once are returned as they are.
 */
export function resolveOptions<S extends TSchema>(schema: S, raw: unknown): Resolution<Static<S>> {
  if (typeof raw === 'object' && raw !== null && resolved.has(raw)) return { value: raw as Static<S>, problems: [] }
  const box = { value: structuredClone(raw ?? {}) }
  const validate = validatorOf(schema)
  if (!validate(box.value)) return { problems: toProblems(validate.errors ?? []) }
  deepFreeze(box.value)
  resolved.add(box.value as object)
  return { value: box.value as Static<S>, problems: [] }
}

/** Freezes a plain value and everything in it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const inner of Object.values(value)) deepFreeze(inner)
  return Object.freeze(value)
}

function validatorOf(schema: TSchema): ValidateFunction {
  let validate = compiled.get(schema)
  if (validate === undefined) {
    validate = ajv.compile(schema)
    compiled.set(schema, validate)
  }
  return validate
}

function toProblems(errors: readonly ErrorObject[]): Problem[] {
  return withoutBranchNoise(errors).map((error) => {
    const path = pointerToPath(error.instancePath)
    return { severity: 'error', ...describe(error, path) }
  })
}

/** `anyOf` reports every branch; what helps is the branch that got furthest, or else one sentence about the choice. */
function withoutBranchNoise(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  let kept = [...errors]
  for (const choice of errors.filter((error) => error.keyword === 'anyOf')) {
    const isBranch = (error: ErrorObject) => error !== choice && error.schemaPath.startsWith(`${choice.schemaPath}/`)
    const deeper = kept.filter((error) => isBranch(error) && error.instancePath.length > choice.instancePath.length)
    const own = deeper.length === 0 ? kept.filter((error) => isBranch(error) && isOfRightType(error)) : deeper
    const words = constantsOf(choice)
    const told =
      own.length > 0
        ? own
        : [words === undefined ? choice : { ...choice, keyword: 'enum', params: { allowedValues: words } }]
    kept = kept.filter((error) => !isBranch(error) && error !== choice).concat(told)
  }
  return kept
}

/** The words to choose from, where every branch is one word. */
function constantsOf({ schema }: ErrorObject): unknown[] | undefined {
  if (!Array.isArray(schema) || !schema.every((branch) => 'const' in branch)) return undefined
  return schema.map((branch) => branch.const)
}

/** The value is what this branch wants, but not quite: a block with a key too many, a word that is not in the list. */
function isOfRightType({ keyword, data }: ErrorObject): boolean {
  return keyword === 'additionalProperties' || (keyword === 'enum' && typeof data === 'string')
}

function describe(error: ErrorObject, path: (string | number)[]): Pick<Problem, 'code' | 'message' | 'known' | 'path'> {
  const name = nameOf(path)
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(error.params.additionalProperty)
      const known = Object.keys(error.parentSchema?.properties ?? {})
      return {
        code: 'unknown-key',
        path: [...path, key],
        message: `unknown key "${key}"${path.length === 0 ? '' : ` in ${path.join('.')}`}`,
        known,
      }
    }
    case 'required':
      return { code: 'missing-key', path, message: `the key "${error.params.missingProperty}" is missing` }
    case 'type':
      return {
        code: 'wrong-type',
        path,
        message: `"${name}" must be ${[error.params.type].flat().map(articled).join(' or ')}`,
      }
    case 'enum':
      return { code: 'bad-value', path, message: `"${name}" must be one of ${error.params.allowedValues.join(', ')}` }
    case 'const':
      return { code: 'bad-value', path, message: `"${name}" must be ${JSON.stringify(error.params.allowedValue)}` }
    case 'anyOf':
      return { code: 'wrong-type', path, message: `"${name}" has a form that is not allowed here` }
    default:
      return { code: 'bad-value', path, message: `"${name}" ${error.message ?? 'is not allowed'}` }
  }
}

/** The last key, with the index behind it where the value is in a list: `intercept[0]`. */
function nameOf(path: readonly (string | number)[]): string {
  const last = path.at(-1) ?? 'the value'
  return typeof last === 'string' ? last : `${path.at(-2)}[${last}]`
}

function articled(type: string): string {
  if (type === 'object') return 'a block of keys'
  if (type === 'array') return 'a list'
  if (type === 'boolean') return 'true or false'
  return type === 'integer' ? 'a whole number' : `a ${type}`
}

function pointerToPath(pointer: string): (string | number)[] {
  if (pointer === '') return []
  const parts = pointer.slice(1).split('/')
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~')))
}
