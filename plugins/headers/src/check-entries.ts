import { compileTemplate, type Problem } from '@drawbridge/plugin-kit'
import { type Entry, listEntries, type Side } from './entries.ts'
import type { HeadersOptions } from './options.ts'
import { whyProtected } from './protected-header.ts'

type Complaint = Pick<Problem, 'code' | 'message'> & { readonly hint?: string }

/** A header name (RFC 9110 5.6.2), or a method. */
export const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/
const NOT_PRINTABLE_ASCII = /[^ -~]/
const CONTROL = /[\0-\x1f\x7f]/

/** What is wrong with the changes that a route writes. */
export function checkEntries(options: HeadersOptions): readonly Problem[] {
  return (['request', 'response'] as const).flatMap((side) => {
    const entries = listEntries(side, options[side])
    return [...entries.flatMap((entry) => checkEntry(side, entry)), ...findConflicts(entries)]
  })
}

function checkEntry(side: Side, { path, name, value }: Entry): Problem[] {
  const complaint = complainOfName(side, name) ?? (value === undefined ? undefined : complainOfValue(name, value))
  return complaint === undefined ? [] : [{ severity: 'error', path, ...complaint }]
}

function complainOfName(side: Side, name: string): Complaint | undefined {
  if (!TOKEN.test(name))
    return { code: 'bad-value', message: `${JSON.stringify(name)} is no header name`, hint: 'letters, digits and "-"' }
  const reason = whyProtected(side, name.toLowerCase())
  return reason === undefined
    ? undefined
    : { code: 'protected-header', message: `"${name}" cannot be changed: ${reason}` }
}

function complainOfValue(name: string, value: string): Complaint | undefined {
  const bad = (message: string, hint?: string): Complaint => ({
    code: 'bad-value',
    message: `the value of "${name}" ${message}`,
    ...(hint === undefined ? {} : { hint }),
  })
  if (value.trim() === '') return bad('is empty', 'to drop a header, list it under "remove"')
  if (/[\r\n]/.test(value)) return bad('has a line break', 'a YAML block ends in one unless it begins with ">-"')
  if (CONTROL.test(value)) return bad('has a control character')
  if (NOT_PRINTABLE_ASCII.test(value)) return bad('is not plain ASCII', 'write other characters percent-encoded')
  try {
    compileTemplate(value)
    return undefined
  } catch (error) {
    return bad(`has an ${(error as Error).message}`, 'a literal "${" is written "$${"')
  }
}

/** `append` and `default` live with others of their name; two values to set, or one to set and drop, do not. */
function findConflicts(entries: readonly Entry[]): Problem[] {
  return entries.flatMap((entry, index) => {
    const earlier = entries.slice(0, index).find((other) => isAtOdds(other, entry))
    if (earlier === undefined) return []
    const both = `${place(earlier)} and ${place(entry)}`
    return entry.operation === 'remove'
      ? [conflict('warning', entry, `"${entry.name}" is under ${both}: it is removed`)]
      : [conflict('error', entry, `"${entry.name}" is given twice, under ${both}; keep one of them`)]
  })
}

function isAtOdds(earlier: Entry, later: Entry): boolean {
  if (earlier.name.toLowerCase() !== later.name.toLowerCase()) return false
  return later.operation === 'remove' || (later.operation !== 'append' && later.operation === earlier.operation)
}

function conflict(severity: Problem['severity'], { path }: Entry, message: string): Problem {
  return { severity, code: 'conflict', path, message }
}

function place({ path }: Entry): string {
  return path.slice(0, 2).join('.')
}
