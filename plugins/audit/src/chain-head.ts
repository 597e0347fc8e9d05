import type { ServiceHost } from '@drawbridge/plugin-kit'
import type { Anchor } from './anchor.ts'
import type { AnchorRecord } from './anchor-record.ts'
import type { AuditKeys } from './audit-keys.ts'
import { CHAIN_START, type ChainHead } from './chain.ts'

const PAGE_ROWS = 5_000

/** What database and anchor say about each other when the log is opened. */
export interface OpenedChain {
  /** The last entry of the database. */
  readonly head: ChainHead
  /** The next entry's number: behind everything that the anchor knows to be stored, so that no number is ever given twice. */
  readonly next: number
  /** The last signed place, and its time in milliseconds. */
  readonly checkpoint: { readonly sequence: number; readonly timeMs: number }
  /** The two contradict each other. */
  readonly fault: { readonly sequence: number; readonly reason: string } | undefined
  /** There was no anchor although there are entries: a new one begins behind them. */
  readonly hasNewAnchor: boolean
}

/** What opening needs. */
export interface ChainParts {
  readonly host: Pick<ServiceHost, 'storage' | 'clock'>
  readonly anchor: Anchor
  readonly keys: AuditKeys
}

/**
 * Finds the end of the chain and settles what a killed process left open: entries that were announced and are stored, but not yet
 * acknowledged in the anchor, are acknowledged now; announced ones that are not stored never came to be.
 */
export async function openChain({ host, anchor, keys }: ChainParts): Promise<OpenedChain> {
  const record = await anchor.read()
  const head = await readHead(host)
  const [last] = await host.storage.all(
    'SELECT sequence, time_ms FROM audit_checkpoints ORDER BY sequence DESC LIMIT 1',
  )
  const checkpoint = { sequence: Number(last?.sequence ?? 0), timeMs: Number(last?.time_ms ?? 0) }
  if (record === undefined || (record.announced === 0 && record.start === undefined)) {
    const hasNewAnchor = head.sequence > 0
    if (hasNewAnchor)
      await anchor.append([{ start: keys.signCheckpoint({ ...head, time_ms: Math.floor(host.clock.wallNow()) }) }])
    return { head, next: head.sequence + 1, checkpoint, fault: undefined, hasNewAnchor }
  }
  const fault = await findContradiction(host, head, record)
  if (fault === undefined && head.sequence > record.stored) await anchor.append([{ stored: head.sequence }])
  const next = Math.max(head.sequence, record.stored) + 1
  return { head, next, checkpoint, fault, hasNewAnchor: false }
}

async function readHead({ storage }: Pick<ServiceHost, 'storage'>): Promise<ChainHead> {
  const [row] = await storage.all('SELECT sequence, hash FROM audit_chain ORDER BY sequence DESC LIMIT 1')
  return (row as ChainHead | undefined) ?? CHAIN_START
}

/** Only the end is looked at: it is what another copy of the database would have otherwise. `verify` looks at everything. */
async function findContradiction({ storage }: Pick<ServiceHost, 'storage'>, head: ChainHead, record: AnchorRecord) {
  if (head.sequence < record.stored)
    return {
      sequence: head.sequence + 1,
      reason: `the database ends at entry ${head.sequence}, but entries up to ${record.stored} had been stored`,
    }
  for (let from = record.stored; from <= head.sequence; from += PAGE_ROWS) {
    const sql = 'SELECT sequence, hash FROM audit_chain WHERE sequence >= ? ORDER BY sequence LIMIT ?'
    const rows = (await storage.all(sql, [from, PAGE_ROWS])) as unknown as ChainHead[]
    const wrong = rows.find(({ sequence, hash }) => hash !== (record.hashOf(sequence) ?? startHash(record, sequence)))
    if (wrong !== undefined)
      return { sequence: wrong.sequence, reason: 'the entry is not the one that the anchor knows' }
  }
  return undefined
}

function startHash({ start }: AnchorRecord, sequence: number): string | undefined {
  return start?.sequence === sequence ? start.hash : undefined
}
