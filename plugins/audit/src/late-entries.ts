import type { Log } from '@drawbridge/plugin-kit'
import type { Draft } from './draft.ts'

const MAX_LATE = 1_000

/** Entries about what has happened already, which wait for the storage: they cannot be undone by refusing them. */
export class LateEntries {
  readonly #log: Log
  #drafts: Draft[] = []
  #dropped = 0

  constructor(log: Log) {
    this.#log = log
  }

  get length(): number {
    return this.#drafts.length
  }

  /** Keeps an entry, or counts it where 1,000 wait already. */
  keep(draft: Draft): void {
    const { action } = draft.payload
    if (this.#drafts.length < MAX_LATE) {
      this.#drafts.push(draft)
      this.#log.warn({ action, waiting: this.#drafts.length }, 'an entry of the audit log waits for the database')
      return
    }
    this.#dropped += 1
    this.#log.error(
      { action, dropped: this.#dropped },
      'an entry is not in the audit log: too many wait for the database',
    )
  }

  /** The oldest ones; they must be given back if they cannot be written. */
  take(count: number): readonly Draft[] {
    return this.#drafts.splice(0, count)
  }

  /** Puts them in front again. */
  giveBack(drafts: readonly Draft[]): void {
    this.#drafts = [...drafts, ...this.#drafts]
  }
}
