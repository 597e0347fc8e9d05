import type { Checkpoint } from './audit-keys.ts'
import type { Removed } from './removed.ts'

const HASH_BYTES = 32
const FIRST_CAPACITY = 1_024

/** A line of the anchor. */
export type AnchorLine =
  /** An entry is about to be stored, and with it, perhaps, contents are about to go. */
  | { readonly entry: number; readonly hash: string; readonly removed?: Removed }
  /** All entries announced up to this one are stored. */
  | { readonly stored: number }
  /** The anchor begins here: of earlier entries it knows nothing. */
  | { readonly start: Checkpoint }
  | { readonly checkpoint: Checkpoint }

/** What an anchor says, in 32 bytes an entry. */
export class AnchorRecord {
  /** Where the anchor begins, if it is not the beginning of the log. */
  start: Checkpoint | undefined
  /** The last entry known to be stored. */
  stored = 0
  /** The last entry announced. */
  announced = 0
  readonly checkpoints = new Map<number, Checkpoint>()
  readonly #removals = new Map<number, Removed>()
  #hashes = Buffer.alloc(HASH_BYTES * FIRST_CAPACITY)
  #known = new Uint8Array(FIRST_CAPACITY)
  #first = 1

  /** Takes the next line. What cannot be read (the last words of a process that was killed) says nothing. */
  takeLine(text: string): void {
    const line = parseLine(text)
    if (line === undefined) return
    if ('stored' in line) this.stored = Math.max(this.stored, Math.min(line.stored, this.announced))
    else if ('checkpoint' in line) this.checkpoints.set(line.checkpoint.sequence, line.checkpoint)
    else if ('start' in line) this.#begin(line.start)
    else this.#announce(line.entry, line.hash, line.removed)
  }

  /** The hash under which an entry was announced, last. */
  hashOf(sequence: number): string | undefined {
    const index = sequence - this.#first
    if (this.#known[index] !== 1) return undefined
    return this.#hashes.toString('hex', index * HASH_BYTES, (index + 1) * HASH_BYTES)
  }

  /** What stored entries removed. */
  removed(): Removed[] {
    return [...this.#removals].filter(([sequence]) => sequence <= this.stored).map(([, removed]) => removed)
  }

  #begin(start: Checkpoint): void {
    // Only at the beginning of the file: a second one would forget what is known.
    if (this.announced > 0 || this.start !== undefined) return
    this.start = start
    this.#first = start.sequence + 1
    this.stored = start.sequence
    this.announced = start.sequence
  }

  #announce(sequence: number, hash: string, removed?: Removed): void {
    // An entry that is stored is never announced again; one that was not (the process was killed) gives its number away.
    const index = sequence - this.#first
    if (sequence <= this.stored || index < 0) return
    this.#reserve(index)
    this.#hashes.write(hash, index * HASH_BYTES, HASH_BYTES, 'hex')
    this.#known[index] = 1
    if (removed === undefined) this.#removals.delete(sequence)
    else this.#removals.set(sequence, removed)
    this.announced = sequence
  }

  #reserve(index: number): void {
    if (index < this.#known.length) return
    const capacity = Math.max(index + 1, this.#known.length * 2)
    const [hashes, known] = [Buffer.alloc(capacity * HASH_BYTES), new Uint8Array(capacity)]
    hashes.set(this.#hashes)
    known.set(this.#known)
    this.#hashes = hashes
    this.#known = known
  }
}

function parseLine(text: string): AnchorLine | undefined {
  try {
    const line = JSON.parse(text) as Record<string, unknown>
    if (typeof line.stored === 'number') return line as AnchorLine
    if (typeof line.entry === 'number' && /^[0-9a-f]{64}$/.test(String(line.hash))) return line as AnchorLine
    if (typeof line.start === 'object' || typeof line.checkpoint === 'object') return line as AnchorLine
  } catch {
    // Half a line.
  }
  return undefined
}
