import type { AnchorRecord } from './anchor-record.ts'
import type { AuditKeys, Checkpoint } from './audit-keys.ts'
import { type ChainHead, type ChainRow, hashLink, hashPayload, hashPerson, type PayloadRow } from './chain.ts'
import type { SequenceSet } from './removed.ts'

/** An entry as it is read for verification: the link, the payload's columns and the person's, null where they are not there. */
export type StoredEntry = ChainRow &
  Omit<PayloadRow, 'sequence'> & {
    /** Null where there is no payload. */
    readonly payload_sequence: number | null
    /** Null where there is no person. */
    readonly person_sequence: number | null
    readonly person_salt: string
    readonly name: string
    readonly address: string | null
    readonly request_id: string | null
  }

/** What is wrong with an entry. */
export interface Fault {
  readonly sequence: number
  /** A sentence for the operator. */
  readonly reason: string
}

/** What entries are held against. */
export interface Evidence {
  /** Undefined where there is no file. */
  readonly anchor: AnchorRecord | undefined
  readonly keys: Pick<AuditKeys, 'isSignedHere'>
  /** Of the database. */
  readonly checkpoints: ReadonlyMap<number, Checkpoint>
  /** What may be gone: the anchor says so, or for entries from before it the chain. */
  readonly mayBeGone: RemovedSets
  /** What must be gone: the database itself still says so. An old copy of it has contents that were removed later. */
  readonly mustBeGone: RemovedSets
}

/** Numbers of entries without content; a content takes the person with it. */
export interface RemovedSets {
  readonly payloads: SequenceSet
  /** Also those that went with their content. */
  readonly persons: SequenceSet
}

/** Checks one entry after the other, beginning behind `last`. Pure: it reads nothing by itself. */
export class Verifier {
  readonly #evidence: Evidence
  last: ChainHead
  entries = 0

  constructor(evidence: Evidence, last: ChainHead) {
    this.#evidence = evidence
    this.last = last
  }

  /** Takes the next entry; returns what is wrong, after which no more may be given. */
  take(entry: StoredEntry): Fault | undefined {
    const expected = this.last.sequence + 1
    if (entry.sequence !== expected)
      return { sequence: expected, reason: `Entry ${expected} is missing: the next one there is ${entry.sequence}.` }
    const reason = this.#findLinkFault(entry) ?? this.#findContentFault(entry) ?? this.#findCheckpointFault(entry)
    if (reason !== undefined) return { sequence: entry.sequence, reason }
    this.last = { sequence: entry.sequence, hash: entry.hash }
    this.entries += 1
    return undefined
  }

  /** What is wrong when the last entry was taken: whether there should be more. */
  end(): Fault | undefined {
    const { anchor, checkpoints } = this.#evidence
    const { sequence } = this.last
    const known = Math.max(anchor?.stored ?? 0, ...checkpoints.keys())
    if (known <= sequence) return undefined
    const missing = sequence + 1
    return {
      sequence: missing,
      reason: `Entry ${missing} is missing with all that followed: the log ends at entry ${sequence}, but once went to ${known}. It was cut off, or an old copy of the database is in use.`,
    }
  }

  #findLinkFault(entry: StoredEntry): string | undefined {
    const { anchor } = this.#evidence
    const { sequence } = entry
    if (anchor === undefined)
      return `The anchor, the file outside the database that knows all entries, is missing: entry ${sequence} cannot be confirmed.`
    if (sequence >= (anchor.start?.sequence ?? 1)) {
      const known = anchor.start?.sequence === sequence ? anchor.start.hash : anchor.hashOf(sequence)
      if (known === undefined) return `Entry ${sequence} was inserted: the anchor knows no entry of this number.`
      if (known !== entry.hash) return `Entry ${sequence} was changed or exchanged: the anchor knows another one.`
    }
    if (entry.previous_hash !== this.last.hash)
      return `Entry ${sequence} was changed or exchanged: it does not follow the one before it.`
    if (hashLink(entry) !== entry.hash) return `Entry ${sequence} was changed: its link does not match its hash.`
    return undefined
  }

  #findContentFault(entry: StoredEntry): string | undefined {
    const payload = this.#findPartFault('payloads', entry, entry.payload_sequence !== null)
    if (payload !== undefined) return payload
    if (entry.payload_sequence !== null && hashPayload(entry) !== entry.payload_hash)
      return `The content of entry ${entry.sequence} was changed: it does not match its hash.`
    const person = this.#findPartFault('persons', entry, entry.person_sequence !== null)
    if (person !== undefined) return person
    if (entry.person_sequence !== null && hashPerson(personOf(entry)) !== entry.person_hash)
      return `The record of who did entry ${entry.sequence} was changed: it does not match its hash.`
    return undefined
  }

  #findPartFault(part: keyof RemovedSets, { sequence }: StoredEntry, isThere: boolean): string | undefined {
    const { mayBeGone, mustBeGone } = this.#evidence
    if (isThere && mustBeGone[part].has(sequence))
      return `The ${PARTS[part]} entry ${sequence} is there again although it was removed.`
    if (!isThere && !mayBeGone[part].has(sequence))
      return `The ${PARTS[part]} entry ${sequence} was deleted, and no erasure or purge says so.`
    return undefined
  }

  #findCheckpointFault({ sequence, hash }: StoredEntry): string | undefined {
    const { anchor, checkpoints, keys } = this.#evidence
    const stored = checkpoints.get(sequence)
    const anchored = anchor?.checkpoints.get(sequence)
    if (anchored !== undefined && stored === undefined)
      return `The checkpoint at entry ${sequence} was deleted: the anchor knows it.`
    for (const checkpoint of [stored, anchored]) {
      if (checkpoint === undefined) continue
      if (checkpoint.hash !== hash || !keys.isSignedHere(checkpoint))
        return `The checkpoint at entry ${sequence} was changed, or is not signed with the key of this gateway.`
    }
    return undefined
  }
}

const PARTS = { payloads: 'content of', persons: 'record of who did' } as const

function personOf({ sequence, person_salt, name, address, request_id }: StoredEntry) {
  return { sequence, salt: person_salt, name, address, request_id }
}
