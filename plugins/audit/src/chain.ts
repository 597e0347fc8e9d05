import { hash } from 'node:crypto'

/** What an entry is to the chain: something that happened, or the removal of content of earlier ones. */
export type EntryKind = 'entry' | 'erasure' | 'purge'

/** A link of the chain: nothing in it tells anything about a person, and none is ever changed or removed. */
export interface ChainRow {
  readonly sequence: number
  /** Milliseconds since 1970. */
  readonly time_ms: number
  readonly kind: EntryKind
  readonly payload_hash: string
  readonly person_hash: string
  /** JSON of `Removed`, of erasures and purges. */
  readonly removed: string | null
  readonly previous_hash: string
  readonly hash: string
}

/** What happened. Can be removed: what is left in the chain is a salted hash. */
export interface PayloadRow {
  readonly sequence: number
  /** Seconds since 1970. */
  readonly timestamp: number
  readonly salt: string
  /** The route that the entry is about, else empty: whose period it is kept for. */
  readonly route_host: string
  readonly actor_kind: string
  readonly action: string
  readonly resource_type: string
  readonly resource_id: string | null
  /** JSON. */
  readonly old_value: string | null
  /** JSON. */
  readonly new_value: string | null
  readonly source: string
  readonly outcome: string
  readonly notes: string | null
}

/** Who did it, in a row of its own so that it can be erased alone. */
export interface PersonRow {
  readonly sequence: number
  readonly salt: string
  readonly name: string
  /** Masked. */
  readonly address: string | null
  readonly request_id: string | null
}

/** The columns of each table, in the order of the hashes. */
export const PAYLOAD_COLUMNS = [
  'sequence',
  'timestamp',
  'salt',
  'route_host',
  'actor_kind',
  'action',
  'resource_type',
  'resource_id',
  'old_value',
  'new_value',
  'source',
  'outcome',
  'notes',
] as const satisfies readonly (keyof PayloadRow)[]

/** As `PAYLOAD_COLUMNS`. */
export const PERSON_COLUMNS = [
  'sequence',
  'salt',
  'name',
  'address',
  'request_id',
] as const satisfies readonly (keyof PersonRow)[]

/** All columns; all but the last are in its hash. */
export const CHAIN_COLUMNS = [
  'sequence',
  'time_ms',
  'kind',
  'payload_hash',
  'person_hash',
  'removed',
  'previous_hash',
  'hash',
] as const satisfies readonly (keyof ChainRow)[]

/** Where the chain begins. */
export const CHAIN_START: ChainHead = { sequence: 0, hash: '' }

/** The last link. */
export interface ChainHead {
  readonly sequence: number
  readonly hash: string
}

/** SHA-256 (hex) over a JSON array: the word `payload`, then all columns in their order, texts as texts and integers as integers. */
export function hashPayload(row: PayloadRow): string {
  return digest([
    'payload',
    row.sequence,
    row.timestamp,
    row.salt,
    row.route_host,
    row.actor_kind,
    row.action,
    row.resource_type,
    row.resource_id,
    row.old_value,
    row.new_value,
    row.source,
    row.outcome,
    row.notes,
  ])
}

/** As `hashPayload`, with the word `person`. */
export function hashPerson(row: PersonRow): string {
  return digest(['person', row.sequence, row.salt, row.name, row.address, row.request_id])
}

/** As `hashPayload`, with the word `chain`, and without the hash itself. */
export function hashLink(row: Omit<ChainRow, 'hash'>): string {
  return digest([
    'chain',
    row.sequence,
    row.time_ms,
    row.kind,
    row.payload_hash,
    row.person_hash,
    row.removed,
    row.previous_hash,
  ])
}

/** Of such arrays JSON has one spelling only (ECMA-262, 25.5.2): no other canonical form is needed. */
function digest(values: readonly (string | number | null)[]): string {
  return hash('sha256', JSON.stringify(values))
}
