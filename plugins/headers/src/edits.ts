import { compileTemplate, type HeaderEdit, parsePathPattern } from '@drawbridge/plugin-kit'
import { compileCors } from './cors.ts'
import { type Entry, listEntries } from './entries.ts'
import type { HeadersOptions } from './options.ts'
import { presetHeaders } from './presets.ts'

type Condition = NonNullable<HeaderEdit['when']>

const SERVER_NAMES: readonly HeaderEdit[] = [
  { operation: 'remove', name: 'Server' },
  { operation: 'remove', name: 'X-Powered-By' },
]
const HSTS = 'strict-transport-security'
/** What keeps a page out of frames, or away from the page that opened it. */
const FRAMING = new Set(['content-security-policy', 'x-frame-options', 'cross-origin-opener-policy'])

/** Changes to what the backend gets. */
export function requestEdits(options: HeadersOptions): HeaderEdit[] {
  return listEntries('request', options.request).map((entry) => toEdit(entry, []))
}

/** Changes to what the client gets. What the route writes itself wins over `hide_server`, `cors` and presets. */
export function responseEdits(options: HeadersOptions): HeaderEdit[] {
  const entries = listEntries('response', options.response)
  const own = new Set(entries.map(({ name }) => name.toLowerCase()))
  const isFree = ({ operation, name }: HeaderEdit) => operation === 'merge' || !own.has(name.toLowerCase())
  return [
    ...(options.hide_server ? SERVER_NAMES : []).filter(isFree),
    ...entries.map((entry) => toEdit(entry, responseConditions(entry))),
    ...(compileCors(options)?.edits ?? []).filter(isFree),
    ...presetEdits(options).filter(isFree),
  ]
}

function presetEdits(options: HeadersOptions): HeaderEdit[] {
  const isFramed = framedCondition(options.framed_paths)
  return presetHeaders(options).map(([name, value]) => {
    const conditions = responseConditions({ name, operation: 'default' })
    if (isFramed !== undefined && FRAMING.has(name.toLowerCase()))
      conditions.push((record, status) => !isFramed(record, status))
    return toEdit({ name, value, operation: 'default' }, conditions)
  })
}

function toEdit({ operation, name, value }: Omit<Entry, 'path'>, conditions: readonly Condition[]): HeaderEdit {
  return {
    operation,
    name,
    ...(value === undefined ? {} : { value: compileTemplate(value) }),
    ...(conditions.length === 0 ? {} : { when: allOf(conditions) }),
  }
}

function responseConditions({ name, operation }: Pick<Entry, 'name' | 'operation'>): Condition[] {
  const conditions: Condition[] = []
  if (operation === 'default') conditions.push(carriesPage)
  // RFC 6797 7.2: never over plain http.
  if (operation !== 'remove' && name.toLowerCase() === HSTS) conditions.push(isHttps)
  return conditions
}

/**
 * A 304 updates the headers of the answer that the client has stored (RFC 9111 4.3.4). Backends leave out there what
 * they sent with the page, so a default would replace the application's own policy.
 */
const carriesPage: Condition = (_record, status) => status !== 304 && status !== 101

const isHttps: Condition = ({ scheme }) => scheme === 'https'

function framedCondition(paths: readonly string[]): Condition | undefined {
  const patterns = paths.flatMap((path) => parsePathPattern(path) ?? [])
  if (patterns.length === 0) return undefined
  return ({ policyPath }) => patterns.some((pattern) => pattern.matches(policyPath))
}

function allOf(conditions: readonly Condition[]): Condition {
  const [first, ...rest] = conditions as [Condition, ...Condition[]]
  if (rest.length === 0) return first
  const others = allOf(rest)
  return (record, status) => first(record, status) && others(record, status)
}
