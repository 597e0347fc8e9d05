import { randomUUID } from 'node:crypto'
import type { ServiceHost } from '@drawbridge/plugin-kit'
import { account, accountResult, auditFacts, type Requester } from './accountability.ts'
import { eraseEverywhere } from './erase-everywhere.ts'
import { eraseRemembered, type RowErasure } from './erase-rows.ts'
import { createErasureList, type ErasureList, type RememberedErasure } from './erasure-list.ts'
import { ErasureIncomplete } from './errors.ts'
import type { Fingerprints } from './fingerprints.ts'
import { findPlaces } from './places.ts'
import { isoDay, type Receipt } from './receipt.ts'
import { insertReceipt, knownErasures, markReapplied } from './receipts.ts'
import { longestRetention } from './retention-period.ts'
import { searchNotes } from './search-notes.ts'
import { type ResolvedSubject, rememberedSubject } from './subject.ts'

const COMPACT_TRIES = 5

/** Erasures, one at a time. */
export interface Erasures {
  /** Erases, or in a dry run counts, everything about a subject. Nothing is done unless the audit log has it first. */
  erase(
    subject: ResolvedSubject,
    order: { readonly isDryRun: boolean; readonly requester: Requester },
  ): Promise<Receipt>
  /** Does again what an older copy of the database knows nothing of. Resolves with how many erasures and records that were. */
  reapply(): Promise<{ readonly erasures: number; readonly count: number }>
  /** Resolves when nothing is under way any more. */
  settled(): Promise<void>
}

/** What erasures need. */
export interface ErasureOptions {
  readonly host: ServiceHost
  readonly fingerprints: Fingerprints
  /** The erasure list, outside the database. */
  readonly listFile: string
}

/** Makes the erasures of an installation. */
export function createErasures(options: ErasureOptions): Erasures {
  return new SerialErasures(options)
}

class SerialErasures implements Erasures {
  readonly #host: ServiceHost
  readonly #fingerprints: Fingerprints
  readonly #list: ErasureList
  #last: Promise<unknown> = Promise.resolve()

  constructor({ host, fingerprints, listFile }: ErasureOptions) {
    this.#host = host
    this.#fingerprints = fingerprints
    this.#list = createErasureList(listFile)
  }

  erase(subject: ResolvedSubject, order: { isDryRun: boolean; requester: Requester }): Promise<Receipt> {
    return this.#inTurn(() => this.#erase(subject, order))
  }

  reapply(): Promise<{ erasures: number; count: number }> {
    return this.#inTurn(() => this.#reapply())
  }

  async settled(): Promise<void> {
    await this.#last
  }

  /** Two at once would only wait for each other's transactions, and a re-application must not meet an erasure that is under way. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => {})
    return turn
  }

  async #erase(subject: ResolvedSubject, order: { isDryRun: boolean; requester: Requester }): Promise<Receipt> {
    const id = randomUUID()
    const start = { id, fingerprint: this.#fingerprints.of(subject.canonical), requestedAt: this.#now() }
    const facts = { subject: subject.kind, fingerprint: start.fingerprint, dry_run: order.isDryRun }
    const entry = { ...auditFacts(order.requester), action: 'privacy_erasure', resourceId: id }
    await account(this.#host, { ...entry, after: facts, notes: 'asked for' })
    try {
      const receipt = await this.#run(subject, order, start)
      await accountResult(this.#host, { ...entry, outcome: 'done', after: { ...facts, count: receipt.count } })
      return receipt
    } catch (error) {
      this.#host.log.error({ err: error, erasure: id }, 'an erasure stopped before its end')
      await accountResult(this.#host, { ...entry, outcome: 'failed', after: facts })
      throw new ErasureIncomplete(id, { cause: error })
    }
  }

  async #run(
    subject: ResolvedSubject,
    { isDryRun, requester }: { isDryRun: boolean; requester: Requester },
    { id, fingerprint, requestedAt }: { id: string; fingerprint: string; requestedAt: number },
  ): Promise<Receipt> {
    const { storage, pseudonyms } = this.#host
    if (!isDryRun) await this.#begin(subject, { id, fingerprint, at: requestedAt })
    // What is known of the person but not stored yet.
    await storage.flush()
    const remember: RowErasure['remember'] = (table, rows) => this.#list.addRows(id, table, rows)
    const { places, count, forgotten } = await eraseEverywhere(this.#host, { subject, isDryRun, remember })
    const isCompacted = isDryRun || (await this.#compact())
    const receipt: Receipt = {
      id,
      requested_at: requestedAt,
      completed_at: this.#now(),
      actor: requester.actor,
      subject: { kind: subject.kind, fingerprint },
      dry_run: isDryRun,
      count,
      places,
      pseudonym_days: subject.range === undefined ? [] : pseudonyms.days().map(isoDay),
      is_compacted: !isDryRun && isCompacted,
      notes: [...searchNotes(this.#host, subject), ...endNotes(isCompacted, forgotten)],
    }
    if (!isDryRun) await insertReceipt(storage, receipt)
    return receipt
  }

  async #begin(
    { subject, kind }: ResolvedSubject,
    { id, fingerprint, at }: { id: string; fingerprint: string; at: number },
  ): Promise<void> {
    const longest = longestRetention(this.#host.installation.routes())
    await this.#list.begin({
      id,
      at,
      until: longest === undefined ? null : at + longest,
      subject: { kind, fingerprint },
      pseudonyms: subject.pseudonyms,
      request_ids: subject.requestIds,
    })
  }

  /** A query may hold the old pages for a moment; each try of the storage waits for some. */
  async #compact(): Promise<boolean> {
    for (let triesLeft = COMPACT_TRIES; triesLeft > 0; triesLeft -= 1) {
      try {
        await this.#host.storage.compact()
        return true
      } catch (error) {
        this.#host.log.warn({ err: error }, 'erased rows may still be in the write-ahead log')
      }
    }
    return false
  }

  async #reapply(): Promise<{ erasures: number; count: number }> {
    const now = this.#now()
    await this.#list.prune(now)
    const remembered = await this.#list.read()
    if (remembered.length === 0) return { erasures: 0, count: 0 }
    const known = await knownErasures(this.#host.storage)
    const missing = remembered.filter(({ id }) => !known.has(id))
    let count = 0
    for (const erasure of missing) count += await this.#eraseAgain(erasure)
    if (missing.length === 0) return { erasures: 0, count: 0 }
    await this.#compact()
    this.#host.log.warn(
      { erasures: missing.length, rows: count },
      'the database knew nothing of some erasures (interrupted, or an older copy came back): they were done again',
    )
    return { erasures: missing.length, count }
  }

  async #eraseAgain(erasure: RememberedErasure): Promise<number> {
    const entry = { ...SYSTEM, action: 'privacy_reapply', resourceId: erasure.id }
    await account(this.#host, { ...entry, notes: 'the database knew nothing of this erasure' })
    const subject = rememberedSubject(erasure.pseudonyms, erasure.request_ids)
    // What is found by pseudonym or request id is remembered already.
    const found = await eraseEverywhere(this.#host, { subject, isDryRun: false, remember: async () => {} })
    let { count } = found
    for (const { table } of findPlaces(this.#host).tables) {
      const rows = erasure.rows.get(table.name)
      if (rows !== undefined) count += await eraseRemembered(this.#host.storage, table, rows)
    }
    await markReapplied(this.#host.storage, { erasure, places: found.places, at: this.#now(), count })
    await accountResult(this.#host, { ...entry, outcome: 'done', after: { count } })
    return count
  }

  #now(): number {
    return Math.floor(this.#host.clock.wallNow() / 1000)
  }
}

const SYSTEM = {
  actor: { kind: 'system', name: 'privacy' },
  source: 'system',
  resourceType: 'personal_data',
} as const

function endNotes(isCompacted: boolean, forgotten: number): string[] {
  return [
    ...(isCompacted
      ? []
      : ['The erased bytes may still be in the -wal file of the database, until it is emptied: a query held it.']),
    ...(forgotten === 0
      ? []
      : [`${forgotten} of the records cannot be erased again by themselves after a restore of an older database.`]),
  ]
}
