import type { ServiceHost, StatementWrite } from '@drawbridge/plugin-kit'
import type { Anchor } from './anchor.ts'
import type { AnchorLine } from './anchor-record.ts'
import type { AuditKeys } from './audit-keys.ts'
import { CHAIN_COLUMNS, type ChainHead, type ChainRow, PAYLOAD_COLUMNS, PERSON_COLUMNS } from './chain.ts'
import { type OpenedChain, openChain } from './chain-head.ts'
import { fingerprintOf, keepVersion, lastVersion } from './config-versions.ts'
import { type ChainedEntry, chainDraft, type Draft } from './draft.ts'
import type { Removed } from './removed.ts'

/** What the writer of the chain needs. */
export interface ChainWriterParts {
  readonly host: Pick<ServiceHost, 'storage' | 'clock' | 'log' | 'events'>
  readonly anchor: Anchor
  readonly keys: AuditKeys
  /** Entries between two checkpoints. */
  readonly checkpointEvery: () => number
  /** Told when database and anchor contradict each other, each time the chain is opened. */
  readonly onFault: (fault: NonNullable<OpenedChain['fault']>) => void
}

interface ChainState {
  readonly head: ChainHead
  readonly next: number
  readonly checkpoint: OpenedChain['checkpoint']
  readonly version: { readonly versionId: number; readonly fingerprint: string }
}

/**
 * The only writer of the chain; never called twice at once. The order makes every crash harmless and every cut visible: announce in the
 * anchor, store in the database, acknowledge in the anchor (docs/decisions/0006-audit-chain.md).
 */
export class ChainWriter {
  readonly #parts: ChainWriterParts
  #state: ChainState | undefined

  constructor(parts: ChainWriterParts) {
    this.#parts = parts
  }

  /** Forgets what it knows of the database: another copy may be there now. */
  forget(): void {
    this.#state = undefined
  }

  /** The end of the chain, looked up where it is not known. */
  async open(): Promise<ChainState> {
    this.#state ??= await this.#open()
    return this.#state
  }

  /** Resolves once the entries, and what is to change with them, are safe on the disk. */
  async write(drafts: readonly Draft[], changes: readonly StatementWrite[] = []): Promise<void> {
    const { host } = this.#parts
    for (let triesLeft = 1; ; triesLeft -= 1) {
      const state = await this.open()
      const entries = chainAll(drafts, state)
      const last = entries.at(-1)?.link ?? state.head
      try {
        await this.#store(entries, { drafts, changes, state })
        break
      } catch (error) {
        this.forget()
        // The answer may have been lost, not the write.
        const { head } = await this.open()
        if (head.hash === last.hash) break
        if (triesLeft === 0 || host.storage.problem !== undefined) throw error
      }
    }
    await this.#checkpointIfDue()
  }

  /** Signs the end of the chain, if it is not signed yet. */
  async checkpoint(): Promise<void> {
    const { host, anchor, keys } = this.#parts
    const state = await this.open()
    if (state.head.sequence <= state.checkpoint.sequence) return
    const signed = keys.signCheckpoint({ ...state.head, time_ms: Math.floor(host.clock.wallNow()) })
    const table = host.storage.insertInto('audit_checkpoints', ['sequence', 'time_ms', 'hash', 'key_id', 'signature'])
    const { sequence, time_ms, hash, key_id, signature } = signed
    // The database first: what the anchor has of checkpoints must be there too.
    await host.storage.durable([{ table, rows: [[sequence, time_ms, hash, key_id, signature]] }])
    await anchor.append([{ checkpoint: signed }])
    this.#state = { ...state, checkpoint: { sequence, timeMs: time_ms } }
    host.events.emit('audit_checkpoint', { ...signed })
  }

  async #open(): Promise<ChainState> {
    const { host, onFault } = this.#parts
    const opened = await openChain(this.#parts)
    if (opened.fault !== undefined) onFault(opened.fault)
    if (opened.hasNewAnchor)
      host.log.warn(
        { file: this.#parts.anchor.file, sequence: opened.head.sequence },
        'the audit log had no anchor: a new one begins here, and of earlier entries it knows nothing',
      )
    return { ...opened, version: await lastVersion(host) }
  }

  async #store(
    entries: readonly ChainedEntry[],
    { drafts, changes, state }: { drafts: readonly Draft[]; changes: readonly StatementWrite[]; state: ChainState },
  ): Promise<void> {
    const { host, anchor } = this.#parts
    const last = entries.at(-1)?.link
    if (last === undefined) return
    const { writes, version } = await this.#versionWrites(entries, drafts, state.version)
    await anchor.append(entries.map(({ link }) => announce(link)))
    await host.storage.durable([...this.#rowWrites(entries), ...writes, ...changes])
    this.#state = { ...state, head: last, next: last.sequence + 1, version }
    try {
      await anchor.append([{ stored: last.sequence }])
    } catch (error) {
      // Stored and announced it is; until the next entry only its being cut off would go unnoticed.
      host.log.error({ err: error, file: anchor.file }, 'the anchor of the audit log cannot be written')
    }
  }

  #rowWrites(entries: readonly ChainedEntry[]) {
    const { storage } = this.#parts.host
    return [
      {
        table: storage.insertInto('audit_chain', CHAIN_COLUMNS),
        rows: entries.map(({ link }) => CHAIN_COLUMNS.map((column) => link[column])),
      },
      {
        table: storage.insertInto('audit_payloads', PAYLOAD_COLUMNS),
        rows: entries.map(({ payload }) => PAYLOAD_COLUMNS.map((column) => payload[column])),
      },
      {
        table: storage.insertInto('audit_persons', PERSON_COLUMNS),
        rows: entries.map(({ person }) => PERSON_COLUMNS.map((column) => person[column])),
      },
    ]
  }

  /** The configuration is kept with the entry that tells of it, if its files are not the same as before. */
  async #versionWrites(entries: readonly ChainedEntry[], drafts: readonly Draft[], known: ChainState['version']) {
    const { keys } = this.#parts
    const writes: StatementWrite[] = []
    let version = known
    for (const [index, { configuration }] of drafts.entries()) {
      const payload = entries[index]?.payload
      if (configuration === undefined || payload === undefined || configuration.files.length === 0) continue
      const fingerprint = fingerprintOf(configuration, keys)
      if (fingerprint === version.fingerprint) continue
      version = { versionId: version.versionId + 1, fingerprint }
      const { timestamp, sequence } = payload
      writes.push(await keepVersion(configuration, { versionId: version.versionId, timestamp, sequence, keys }))
    }
    return { writes, version }
  }

  async #checkpointIfDue(): Promise<void> {
    const { head, checkpoint } = await this.open()
    if (head.sequence - checkpoint.sequence < this.#parts.checkpointEvery()) return
    try {
      await this.checkpoint()
    } catch (error) {
      this.#parts.host.log.error(
        { err: error },
        'no checkpoint of the audit log could be signed; the entries are stored',
      )
    }
  }
}

function announce({ sequence, hash, removed }: ChainRow): AnchorLine {
  return { entry: sequence, hash, ...(removed === null ? {} : { removed: JSON.parse(removed) as Removed }) }
}

function chainAll(drafts: readonly Draft[], { head, next }: ChainState): ChainedEntry[] {
  let before = head
  return drafts.map((draft, index) => {
    const entry = chainDraft(draft, before, next + index)
    before = entry.link
    return entry
  })
}
