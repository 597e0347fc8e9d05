import type { PlaceAction } from './erase-rows.ts'
import type { SubjectKind } from './subject.ts'

/** What an erasure did in one table or file store. */
export interface PlaceReceipt {
  readonly kind: 'table' | 'files'
  readonly name: string
  readonly plugin: string
  readonly action: PlaceAction
  readonly count: number
  /** Why nothing was erased there. */
  readonly reason?: string
}

/** The proof of an erasure. It names nobody: the subject is a keyed fingerprint. */
export interface Receipt {
  readonly id: string
  /** Times are seconds since 1970. */
  readonly requested_at: number
  readonly completed_at: number
  readonly actor: { readonly kind: string; readonly name: string }
  readonly subject: { readonly kind: SubjectKind; readonly fingerprint: string }
  readonly dry_run: boolean
  /** Records erased, or in a dry run that would be. */
  readonly count: number
  readonly places: readonly PlaceReceipt[]
  /** Days (UTC) by whose pseudonyms records were looked for. */
  readonly pseudonym_days: readonly string[]
  /** Whether the bytes are out of the files of the database too. */
  readonly is_compacted: boolean
  readonly notes: readonly string[]
  /** When it was done again after the return of an older copy of the database, and how many records there were. */
  readonly reapplied?: { readonly at: number; readonly count: number }
}

/** Seconds since 1970 as ISO 8601 without milliseconds. */
export function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}

/** The day (UTC) of a time: `2026-11-22`. */
export function isoDay(seconds: number): string {
  return isoTime(seconds).slice(0, 10)
}
