import { createHash } from 'node:crypto'
import type { SqlValue } from '@drawbridge/plugin-kit'

/** What a chained entry says besides its columns; only what its kind has. */
export interface ProofDetails {
  /** Of `begin`. */
  readonly cause?: 'schedule' | 'request'
  /** Of a failed `purge`. */
  readonly error?: string
  /** Of `end`: parts that failed. */
  readonly failures?: number
  /** Of `end`: hosts with retention off, empty for unknown ones; nothing of theirs was deleted. */
  readonly off_hosts?: readonly string[]
  /** Of `end`: hosts that were configured within the last week and are not now; nothing of theirs was deleted yet. */
  readonly waiting_hosts?: readonly string[]
  /** Of `end`: whether the deleted bytes are out of the files. */
  readonly is_compacted?: boolean
  /** Of `end`: keys of pseudonyms forgotten. */
  readonly forgotten_keys?: number
}

/** An entry before it is chained. `begin` has no run yet: its own number becomes the run's. */
export interface ProofDraft {
  /** Number of the run's `begin`. */
  readonly run?: number
  /** Seconds since 1970. */
  readonly time: number
  /** `begin`: a run is about to delete; `purge`: what it deleted of one class, store and route; `end`: it is over. */
  readonly kind: 'begin' | 'purge' | 'end'
  readonly class: string | null
  readonly store: string | null
  readonly route_id: number | null
  readonly host: string | null
  /** Seconds. */
  readonly period: number | null
  /** Seconds since 1970: records from before it were due. */
  readonly cutoff: number | null
  readonly deleted: number | null
  readonly oldest: number | null
  readonly newest: number | null
  /** `done`; `failed` (purge), `incomplete` (end): not all that was due; `interrupted`: the run ended in the middle. */
  readonly outcome: 'done' | 'failed' | 'incomplete' | 'interrupted' | null
  readonly details: ProofDetails
}

/** An entry as stored: `details` are JSON. */
export type ProofRow = Omit<ProofDraft, 'details' | 'run'> & {
  readonly sequence: number
  readonly run: number
  readonly details: string
  readonly previous_hash: string
  readonly hash: string
}

/** What the first entry has in place of the hash of the one before. */
export const NO_HASH = ''

/** The columns that the hash covers, in its order. */
const HASHED = [
  'sequence',
  'run',
  'time',
  'kind',
  'class',
  'store',
  'route_id',
  'host',
  'period',
  'cutoff',
  'deleted',
  'oldest',
  'newest',
  'outcome',
  'details',
] as const

/** All columns, in the order of `proofValues`. */
export const PROOF_COLUMNS = [...HASHED, 'previous_hash', 'hash'] as const

/** A row's values in the order of `PROOF_COLUMNS`. */
export function proofValues(row: ProofRow): SqlValue[] {
  return PROOF_COLUMNS.map((column) => row[column])
}

/** SHA-256 (hex) over a JSON array: the hash before, then the values of all columns, integers as integers, in one order. */
export function hashProof(row: Omit<ProofRow, 'hash'>): string {
  const values = HASHED.map((column) => row[column])
  return createHash('sha256')
    .update(JSON.stringify([row.previous_hash, ...values]))
    .digest('hex')
}

/** Chains an entry to the one before. */
export function chainProof(
  { run, details, ...facts }: ProofDraft,
  before: { sequence: number; hash: string },
): ProofRow {
  const sequence = before.sequence + 1
  const row = {
    ...facts,
    sequence,
    run: run ?? sequence,
    details: JSON.stringify(details),
    previous_hash: before.hash,
  }
  return { ...row, hash: hashProof(row) }
}

/** A draft of which only the given facts are known. */
export function draftProof(facts: Pick<ProofDraft, 'time' | 'kind'> & Partial<ProofDraft>): ProofDraft {
  return {
    class: null,
    store: null,
    route_id: null,
    host: null,
    period: null,
    cutoff: null,
    deleted: null,
    oldest: null,
    newest: null,
    outcome: null,
    details: {},
    ...facts,
  }
}
