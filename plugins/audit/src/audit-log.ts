import { join, resolve } from 'node:path'
import type { AuditEntry, AuditTrail, Service, ServiceHost } from '@drawbridge/plugin-kit'
import { createAnchor } from './anchor.ts'
import { type AuditKeys, readAuditKeys } from './audit-keys.ts'
import { ChainWriter } from './chain-writer.ts'
import { type Draft, draftEntry } from './draft.ts'
import { AuditAway } from './errors.ts'
import { LateEntries } from './late-entries.ts'
import { auditOptionsOf, DEFAULT_OPTIONS } from './options.ts'
import { draftRemoval, type Removal } from './removal.ts'
import type { Fault } from './verifier.ts'
import { type Verification, type VerifyParts, verifyLog } from './verify-log.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Three rows each: others wait behind one transaction. */
const BATCH_ENTRIES = 100
const MAX_WAITING = 1_000

/** The audit log of a gateway. */
export interface AuditLog extends AuditTrail, Service {
  /** Removes contents, in one transaction with the entry that says so. */
  remove(removal: Removal): Promise<void>
  /** Looks at everything; entries that come meanwhile are looked at too. */
  verify(): Promise<Verification>
  /** The key of the log. Throws where it can be neither read nor made. */
  keys(): AuditKeys
  stop(): Promise<void>
}

/** Makes the audit log. Nothing is opened before the storage is there. */
export function createAuditLog(host: ServiceHost): AuditLog {
  return new ChainedAuditLog(host)
}

interface Waiting extends PromiseWithResolvers<void> {
  readonly draft: Draft
}

interface Opened extends VerifyParts {
  readonly writer: ChainWriter
}

class ChainedAuditLog implements AuditLog {
  readonly #host: ServiceHost
  readonly #late: LateEntries
  readonly #stopLooking: () => void
  #waiting: Waiting[] = []
  #turn: Promise<unknown> = Promise.resolve()
  #opened: Opened | undefined
  #verifying: Promise<Verification> | undefined
  #wasOn = true
  #announcedFault: string | undefined

  constructor(host: ServiceHost) {
    this.#host = host
    this.#late = new LateEntries(host.log)
    this.#stopLooking = host.clock.every(HOUR_MS, () => void this.#look())
    host.storage.onReady(() => void this.#settle())
  }

  async append(entry: AuditEntry): Promise<void> {
    if (!this.#isOn()) return
    const draft = draftEntry(entry, this.#host)
    try {
      await this.#enter(draft)
    } catch (error) {
      const { kind } = entry.actor
      // What the gateway and the files did has happened: refusing the entry would undo nothing.
      if (kind === 'system' || kind === 'file') this.#late.keep(draft)
      else throw Object.assign(new AuditAway(), { cause: error })
    }
  }

  remove(removal: Removal): Promise<void> {
    return this.#inTurn(async () => {
      const { draft, changes } = draftRemoval(removal, this.#host)
      await this.#open().writer.write([draft], changes)
    })
  }

  verify(): Promise<Verification> {
    this.#verifying ??= this.#verify().finally(() => {
      this.#verifying = undefined
    })
    return this.#verifying
  }

  keys(): AuditKeys {
    return this.#open().keys
  }

  async stop(): Promise<void> {
    this.#stopLooking()
    await this.#inTurn(async () => {
      if (this.#host.storage.problem === undefined) await this.#opened?.writer.checkpoint()
    }).catch((error) => this.#host.log.error({ err: error }, 'the end of the audit log is not signed'))
  }

  #enter(draft: Draft): Promise<void> {
    const { problem } = this.#host.storage
    if (problem !== undefined) return Promise.reject(new Error(problem))
    if (this.#waiting.length >= MAX_WAITING)
      return Promise.reject(new Error(`${MAX_WAITING} entries are waiting to be stored`))
    const waiting = { draft, ...Promise.withResolvers<void>() }
    this.#waiting.push(waiting)
    // Whoever comes while others are being written is in the next batch with everybody else.
    if (this.#waiting.length === 1) void this.#inTurn(() => this.#writeWaiting())
    return waiting.promise
  }

  /** Never rejects: each entry is told by itself. */
  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH_ENTRIES)
      try {
        await this.#writeLate()
        await this.#open().writer.write(batch.map(({ draft }) => draft))
        for (const { resolve: done } of batch) done()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
      this.#waiting = this.#waiting.slice(batch.length)
    }
  }

  /** What happened first comes first. */
  async #writeLate(): Promise<void> {
    while (this.#late.length > 0) {
      const drafts = this.#late.take(BATCH_ENTRIES)
      try {
        await this.#open().writer.write(drafts)
      } catch (error) {
        this.#late.giveBack(drafts)
        throw error
      }
    }
  }

  /** The storage is there, or there again, and perhaps another copy of it. */
  #settle(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#host.storage.problem !== undefined) return
      const { writer } = this.#open()
      writer.forget()
      await writer.open()
      await this.#writeLate()
    }).catch((error) => this.#host.log.error({ err: error }, 'the audit log cannot be opened'))
  }

  /** At least one checkpoint on a day on which something happened. */
  #look(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#opened === undefined || this.#host.storage.problem !== undefined) return
      const { head, checkpoint } = await this.#opened.writer.open()
      const isDue = this.#host.clock.wallNow() - checkpoint.timeMs >= DAY_MS
      if (isDue && head.sequence > checkpoint.sequence) await this.#opened.writer.checkpoint()
    }).catch((error) => this.#host.log.error({ err: error }, 'no checkpoint of the audit log could be signed'))
  }

  /** While entries come, nothing is held up; only the end, and what looked wrong, is looked at while none can come. */
  async #verify(): Promise<Verification> {
    const parts = this.#open()
    const { head } = await this.#inTurn(() => parts.writer.open())
    const most = await verifyLog(parts, { upTo: head.sequence })
    const result = await this.#inTurn(async () => {
      if (most.fault !== undefined) return verifyLog(parts, {})
      const rest = await verifyLog(parts, { after: most.last })
      return { ...rest, entries: most.entries + rest.entries }
    })
    if (result.fault !== undefined) this.#announce(result.fault)
    return result
  }

  #open(): Opened {
    this.#opened ??= this.#makeParts()
    return this.#opened
  }

  #makeParts(): Opened {
    const host = this.#host
    const { dataFolder, routes } = host.installation
    if (dataFolder === '') throw new Error('there is no data folder')
    const options = () => auditOptionsOf(routes()) ?? DEFAULT_OPTIONS
    const anchor = createAnchor(resolve(dataFolder, options().anchor))
    const keys = readAuditKeys(join(dataFolder, 'keys/audit.key'))
    const writer = new ChainWriter({
      host,
      anchor,
      keys,
      checkpointEvery: () => options().checkpoint_every,
      onFault: (fault) => this.#announce(fault),
    })
    return { host, anchor, keys, writer }
  }

  #announce({ sequence, reason }: Fault): void {
    const fault = `${sequence} ${reason}`
    if (fault === this.#announcedFault) return
    this.#announcedFault = fault
    this.#host.log.error(
      { sequence, reason },
      'the audit log was tampered with, or an old copy of the database is in use',
    )
    this.#host.events.emit('audit_tampering_found', { sequence, reason })
  }

  /** The entry that tells that the audit log was switched off is still written. */
  #isOn(): boolean {
    const isOn = auditOptionsOf(this.#host.installation.routes()) !== undefined
    const isRecorded = isOn || this.#wasOn
    this.#wasOn = isOn
    return isRecorded
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => {})
    return done
  }
}
