import type { RequestRecord } from './request-record.ts'
import type { Template } from './template.ts'

/** One change to a set of headers. `set` replaces, `append` adds another, `default` only if there is none, `remove` drops. */
export interface HeaderEdit {
  readonly operation: 'set' | 'append' | 'default' | 'remove'
  readonly name: string
  /** Absent for `remove`. A value that comes out empty leaves the header out. */
  readonly value?: Template
  /** The edit applies only to requests for which this holds. */
  readonly when?: (record: RequestRecord) => boolean
}

/** Edits made ready: changes a flat `[name, value, name, value, …]` array in place. */
export type HeaderEditor = (headers: string[], record: RequestRecord) => void

/**
 * Compiles edits, in the order given, to one function over a flat header array. Returns `undefined` for no edits, so that
 * callers pay nothing.
 */
export function compileHeaderEdits(edits: readonly HeaderEdit[]): HeaderEditor | undefined {
  if (edits.length === 0) return undefined
  const steps = edits.map((edit) => ({ ...edit, lower: edit.name.toLowerCase() }))
  const lengths = new Uint8Array(256)
  for (const step of steps) lengths[step.lower.length & 255] = 1
  const names = new Set(steps.map((step) => step.lower))
  const isRepeated = names.size < steps.length
  return (headers, record) => {
    let present = findNames(headers, lengths, names)
    for (const step of steps) {
      if (step.when !== undefined && !step.when(record)) continue
      const isPresent = present?.has(step.lower) ?? false
      if (step.operation === 'default' && isPresent) continue
      if (isPresent && step.operation !== 'append') {
        dropHeader(headers, step.lower)
        present?.delete(step.lower)
      }
      const value = typeof step.value === 'function' ? step.value(record) : step.value
      if (value === undefined || value === '') continue
      headers.push(step.name, value)
      if (isRepeated) present = (present ?? new Set()).add(step.lower)
    }
  }
}

/** The names out of `names` that `headers` has; `undefined` when none, the common case. */
function findNames(
  headers: readonly string[],
  lengths: Uint8Array,
  names: ReadonlySet<string>,
): Set<string> | undefined {
  let present: Set<string> | undefined
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    // The length settles almost every header without lower-casing it.
    if (lengths[name.length & 255] === 0) continue
    const lower = name.toLowerCase()
    if (!names.has(lower)) continue
    present ??= new Set()
    present.add(lower)
  }
  return present
}

/** Removes every header called `lower` (a lower-case name) from a flat array, in place. */
export function dropHeader(headers: string[], lower: string): void {
  let kept = 0
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    if (name.length === lower.length && name.toLowerCase() === lower) continue
    headers[kept] = name
    headers[kept + 1] = headers[i + 1] as string
    kept += 2
  }
  headers.length = kept
}

/** The first value of the header called `lower` (a lower-case name) in a flat array. */
export function headerValue(headers: readonly string[], lower: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    if (name.length === lower.length && name.toLowerCase() === lower) return headers[i + 1]
  }
  return undefined
}
