import {
  type AddressRange,
  commonStart,
  formatAddressRange,
  type PersonalData,
  type SqlValue,
  type TableDefinition,
} from '@drawbridge/plugin-kit'
import { contains, storedRange } from './address-range.ts'
import type { ResolvedSubject } from './subject.ts'

/** A piece of SQL with the values of its `?`. Names in it come from plugins' code, everything else is a value. */
export interface SqlPiece {
  readonly sql: string
  readonly params: readonly SqlValue[]
}

/** Which rows of a table are about a subject. */
export interface RowCondition {
  /** Holds for all of them, and where `accepts` decides, for more. */
  readonly where: SqlPiece
  /** Holds for those that the erasure list finds again by pseudonym or request id. */
  readonly remembered: SqlPiece
  /** Columns that `accepts` looks at. */
  readonly looksAt: readonly string[]
  /** The last word on a row that is not `remembered`. */
  accepts(row: Readonly<Record<string, SqlValue>>): boolean
}

const NOTHING: SqlPiece = { sql: '0', params: [] }

/** The condition for a subject's rows; `undefined` where none of the columns could tell. */
export function conditionFor(
  table: TableDefinition,
  { subject, range, kind }: ResolvedSubject,
): RowCondition | undefined {
  const columns = (findBy: PersonalData['findBy']) =>
    table.personalData.filter((data) => data.findBy === findBy).map(({ column }) => column)
  const remembered = anyOf([
    // An address may be masked by showing its pseudonym.
    ...[...columns('pseudonym'), ...columns('masked')].map((column) => isOneOf(column, subject.pseudonyms)),
    ...(table.requestIdColumn === undefined ? [] : [isOneOf(table.requestIdColumn, subject.requestIds)]),
  ])
  const addressColumns = range === undefined ? [] : columns('address')
  const maskedColumns = range === undefined ? [] : columns('masked')
  // Where text is not redacted, somebody's address may be in it.
  const address = kind === 'ip' && range !== undefined ? formatAddressRange(range) : ''
  const textColumns = columns('text')
  const sought = [
    ...[...addressColumns, ...maskedColumns].map((column) => beginsLike(column, range)),
    ...textColumns.flatMap((column) => spellings(subject.text || address).map((text) => holds(column, text))),
  ]
  const where = anyOf([remembered, ...sought])
  if (where === NOTHING) return undefined
  return {
    where: withSomethingToClear(table, where),
    remembered,
    looksAt: [...addressColumns, ...maskedColumns, ...(address === '' ? [] : textColumns)],
    accepts: (row) =>
      kind === 'text' ||
      addressColumns.some((column) => isWithin(row[column], range, false)) ||
      maskedColumns.some((column) => isWithin(row[column], range, true)) ||
      (address !== '' && textColumns.some((column) => mentions(row[column], address))),
  }
}

/** A name for use in SQL. Throws where it is none: names come from plugins, so that would be a mistake in the program. */
export function quoteName(name: string): string {
  if (!/^[a-z_]\w*$/i.test(name)) throw new TypeError(`"${name}" is no name of a table or column`)
  return `"${name}"`
}

function anyOf(pieces: readonly SqlPiece[]): SqlPiece {
  const real = pieces.filter((piece) => piece !== NOTHING)
  if (real.length === 0) return NOTHING
  return { sql: `(${real.map(({ sql }) => sql).join(' OR ')})`, params: real.flatMap(({ params }) => params) }
}

function isOneOf(column: string, values: readonly string[]): SqlPiece {
  if (values.length === 0) return NOTHING
  // One parameter for all: a network has up to 256 addresses, each with a pseudonym for each day.
  return { sql: `${quoteName(column)} IN (SELECT value FROM json_each(?))`, params: [JSON.stringify(values)] }
}

/** An address is compared as text; a network only as far as text goes, `accepts` does the rest. */
function beginsLike(column: string, range: AddressRange | undefined): SqlPiece {
  if (range === undefined) return NOTHING
  const name = quoteName(column)
  if (range.first === range.last) return { sql: `${name} = ?`, params: [formatAddressRange(range)] }
  const start = commonStart(range)
  if (start === '') return { sql: `${name} IS NOT NULL`, params: [] }
  const end = start.slice(0, -1) + String.fromCharCode(start.charCodeAt(start.length - 1) + 1)
  return { sql: `(${name} >= ? AND ${name} < ?)`, params: [start, end] }
}

function holds(column: string, text: string): SqlPiece {
  return { sql: `${quoteName(column)} LIKE ? ESCAPE '\\'`, params: [`%${text.replace(/[\\%_]/g, '\\$&')}%`] }
}

/** In paths and queries `@` may be written `%40`. */
function spellings(text: string): readonly string[] {
  if (text === '') return []
  return [...new Set([text, encodeURIComponent(text), text.replaceAll('@', '%40')])]
}

function isWithin(value: SqlValue | undefined, range: AddressRange | undefined, mayBeMasked: boolean): boolean {
  if (typeof value !== 'string' || range === undefined) return false
  const stored = storedRange(value, mayBeMasked)
  return stored !== undefined && contains(range, stored)
}

/** Whether the address is in the text as a whole: `203.0.113.4` is not in `203.0.113.45`. */
function mentions(value: SqlValue | undefined, address: string): boolean {
  if (typeof value !== 'string') return false
  const text = decodeColons(value.toLowerCase())
  for (let at = text.indexOf(address); at !== -1; at = text.indexOf(address, at + 1)) {
    if (!isAddressPart(text[at - 1]) && !isAddressPart(text[at + address.length])) return true
  }
  return false
}

function decodeColons(text: string): string {
  return text.replaceAll('%3a', ':')
}

function isAddressPart(character: string | undefined): boolean {
  return character !== undefined && /[0-9a-f.:]/.test(character)
}

/** Cleared rows stay: they must not be found again. */
function withSomethingToClear({ erasure }: TableDefinition, where: SqlPiece): SqlPiece {
  if (typeof erasure !== 'object' || erasure.clear.length === 0) return where
  const isThere = erasure.clear.map((column) => `${quoteName(column)} IS NOT NULL`).join(' OR ')
  return { sql: `(${where.sql} AND (${isThere}))`, params: where.params }
}
