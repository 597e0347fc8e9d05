import type { RequestRecord } from './request-record.ts'
import type { Template } from './template.ts'

/**
 * One change to a set of headers. `set` replaces, `append` adds another, `merge` adds a member to a comma list (`Vary`)
 * unless it is there, `default` only if there is none, `remove` drops.
 */
export interface HeaderEdit {
  readonly operation: 'set' | 'append' | 'merge' | 'default' | 'remove'
  readonly name: string
  /**
   * Absent for `remove`. A value that comes out empty leaves the header out; what a function returns is percent-encoded
   * where it is not printable ASCII, constants are checked by whoever reads them.
   */
  readonly value?: Template
  /** The edit applies only to requests for which this holds. `status` is that of the answer, 0 for edits of a request. */
  readonly when?: (record: RequestRecord, status: number) => boolean
}

/** Edits made ready: changes a flat `[name, value, name, value, …]` array in place. `status` is that of the answer. */
export type HeaderEditor = (headers: string[], record: RequestRecord, status?: number) => void

/** A header that edits are about. One per name and editor: editing is synchronous, so its state belongs to one call. */
interface EditedName {
  readonly spelled: string
  readonly lower: string
  /** What came in under this name goes, whatever the request is: the first edit says so, without a condition. */
  readonly isAlwaysDropped: boolean
  isPresent: boolean
}

/**
 * Compiles edits, in the order given, to one function over a flat header array. Returns `undefined` for no edits, so that
 * callers pay nothing.
 */
export function compileHeaderEdits(edits: readonly HeaderEdit[]): HeaderEditor | undefined {
  if (edits.length === 0) return undefined
  const byLower = readNames(edits)
  const names = [...byLower.values()]
  const byLength = groupByLength(names)
  const steps = edits.map((edit) => ({ edit, name: byLower.get(edit.name.toLowerCase()) as EditedName }))
  return (headers, record, status = 0) => {
    for (const name of names) name.isPresent = false
    survey(headers, byLength)
    for (const step of steps) {
      if (step.edit.when === undefined || step.edit.when(record, status)) applyStep(headers, step, record)
    }
  }
}

function readNames(edits: readonly HeaderEdit[]): Map<string, EditedName> {
  const names = new Map<string, EditedName>()
  for (const { operation, name, when } of edits) {
    const lower = name.toLowerCase()
    if (names.has(lower)) continue
    const isAlwaysDropped = when === undefined && (operation === 'set' || operation === 'remove')
    names.set(lower, { spelled: name, lower, isAlwaysDropped, isPresent: false })
  }
  return names
}

type NamesByLength = readonly (readonly EditedName[] | undefined)[]

/** The length settles almost every header without comparing its name; lengths 64 apart share an entry. */
function groupByLength(names: readonly EditedName[]): NamesByLength {
  const groups: EditedName[][] = []
  for (const name of names) {
    const length = name.lower.length & 63
    groups[length] = [...(groups[length] ?? []), name]
  }
  return Array.from({ length: 64 }, (_, length) => groups[length])
}

/** One pass that finds which names are there and throws out the ones that go in any case. */
function survey(headers: string[], byLength: NamesByLength): void {
  let kept = 0
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    const known = findName(byLength[name.length & 63], name)
    if (known?.isAlwaysDropped === true) continue
    if (known !== undefined) known.isPresent = true
    if (kept !== i) {
      headers[kept] = name
      headers[kept + 1] = headers[i + 1] as string
    }
    kept += 2
  }
  shorten(headers, kept)
}

function findName(group: readonly EditedName[] | undefined, name: string): EditedName | undefined {
  if (group === undefined) return undefined
  for (const known of group) if (name === known.spelled || name.toLowerCase() === known.lower) return known
  return undefined
}

interface Step {
  readonly edit: HeaderEdit
  readonly name: EditedName
}

function applyStep(headers: string[], { edit, name }: Step, record: RequestRecord): void {
  const { operation, value } = edit
  if (name.isPresent) {
    if (operation === 'default') return
    if (operation === 'set' || operation === 'remove') {
      dropHeader(headers, name.lower)
      name.isPresent = false
    }
  }
  const text = typeof value === 'function' ? sendable(value(record)) : value
  if (text === undefined || text === '') return
  if (name.isPresent && operation === 'merge') return mergeInto(headers, name.lower, text)
  headers.push(edit.name, text)
  name.isPresent = true
}

const UNSENDABLE = /[^ -~]/
const ALL_UNSENDABLE = /[^ -~]+/g

/** Run-time values hold what clients wrote: no byte of theirs may end the header or mean different things to two readers. */
function sendable(text: string): string {
  if (!UNSENDABLE.test(text)) return text
  return text.toWellFormed().replace(ALL_UNSENDABLE, encodeURIComponent)
}

/** Adds to the first header of that name unless a member of any of them says the same, or `*` says everything. */
function mergeInto(headers: string[], lower: string, member: string): void {
  let first = -1
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    if (name.length !== lower.length || name.toLowerCase() !== lower) continue
    if (first === -1) first = i + 1
    if (hasMember(headers[i + 1] as string, member)) return
  }
  const list = headers[first] as string
  headers[first] = list === '' ? member : `${list}, ${member}`
}

function hasMember(list: string, member: string): boolean {
  const wanted = member.toLowerCase()
  return list.split(',').some((text) => {
    const found = text.trim().toLowerCase()
    return found === wanted || found === '*'
  })
}

/** Removes every header called `lower` (a lower-case name) from a flat array, in place. */
export function dropHeader(headers: string[], lower: string): void {
  let kept = 0
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    if (name.length === lower.length && name.toLowerCase() === lower) continue
    if (kept !== i) {
      headers[kept] = name
      headers[kept + 1] = headers[i + 1] as string
    }
    kept += 2
  }
  shorten(headers, kept)
}

/** Popping is several times faster than setting `length`, and there is rarely more than a pair to pop. */
function shorten(headers: string[], length: number): void {
  while (headers.length > length) headers.pop()
}

/** The first value of the header called `lower` (a lower-case name) in a flat array. */
export function headerValue(headers: readonly string[], lower: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    if (name.length === lower.length && name.toLowerCase() === lower) return headers[i + 1]
  }
  return undefined
}
