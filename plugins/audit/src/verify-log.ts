import type { ServiceHost } from '@drawbridge/plugin-kit'
import type { Anchor } from './anchor.ts'
import type { AnchorRecord } from './anchor-record.ts'
import type { AuditKeys, Checkpoint } from './audit-keys.ts'
import { CHAIN_START, type ChainHead, type ChainRow, hashLink } from './chain.ts'
import { parseRemoved, type Removed, SequenceSet } from './removed.ts'
import { type Evidence, type Fault, type RemovedSets, type StoredEntry, Verifier } from './verifier.ts'

/** Contents may be long: so many of the longest still fit into the reader's memory. */
const PAGE_ROWS = 500
const SHORT_PAGE_ROWS = 5_000

/** What verification found. */
export interface Verification {
  readonly fault: Fault | undefined
  /** Entries found to be as they were written, before the first that is not. */
  readonly entries: number
  /** The last good entry. */
  readonly last: ChainHead
  readonly checkpoints: number
  /** The last entry that the anchor knows nothing of, because it was begun later; 0 where it knows all. */
  readonly unanchored: number
}

/** Which entries are verified. */
export interface VerifiedRange {
  /** Known to be good. */
  readonly after?: ChainHead
  /** Last one to look at; absent for the whole log with its end. */
  readonly upTo?: number
}

/** What verification reads. */
export interface VerifyParts {
  readonly host: Pick<ServiceHost, 'storage'>
  readonly anchor: Anchor
  readonly keys: AuditKeys
}

/** Reads the log and holds it against itself, its checkpoints and the anchor. Rejects only where it cannot be read. */
export async function verifyLog(
  parts: VerifyParts,
  { after = CHAIN_START, upTo }: VerifiedRange,
): Promise<Verification> {
  const evidence = await readEvidence(parts)
  const verifier = new Verifier(evidence, after)
  const fault = await findFault(parts, verifier, upTo)
  return {
    fault,
    entries: verifier.entries,
    last: verifier.last,
    checkpoints: evidence.checkpoints.size,
    unanchored: evidence.anchor?.start?.sequence ?? 0,
  }
}

async function findFault(parts: VerifyParts, verifier: Verifier, upTo = Number.MAX_SAFE_INTEGER) {
  const isWhole = upTo === Number.MAX_SAFE_INTEGER
  const stray = isWhole ? await findStray(parts, 'sequence < 1') : undefined
  if (stray !== undefined) return stray
  for (let isMore = true; isMore; ) {
    const page = await parts.host.storage.all(ENTRIES, [verifier.last.sequence, upTo])
    for (const row of page) {
      const fault = verifier.take(row as unknown as StoredEntry)
      if (fault !== undefined) return fault
    }
    isMore = page.length === PAGE_ROWS
  }
  if (!isWhole) return undefined
  return verifier.end() ?? findStray(parts, `sequence > ${verifier.last.sequence}`)
}

const ENTRIES = `SELECT c.sequence, c.time_ms, c.kind, c.payload_hash, c.person_hash, c.removed, c.previous_hash, c.hash,
  p.sequence AS payload_sequence, p.timestamp, p.salt, p.route_host, p.actor_kind, p.action, p.resource_type, p.resource_id,
  p.old_value, p.new_value, p.source, p.outcome, p.notes,
  n.sequence AS person_sequence, n.salt AS person_salt, n.name, n.address, n.request_id
  FROM audit_chain AS c
  LEFT JOIN audit_payloads AS p ON p.sequence = c.sequence
  LEFT JOIN audit_persons AS n ON n.sequence = c.sequence
  WHERE c.sequence > ? AND c.sequence <= ? ORDER BY c.sequence LIMIT ${PAGE_ROWS}`

/** Contents that belong to no link. */
async function findStray({ host }: VerifyParts, condition: string): Promise<Fault | undefined> {
  const [row] = await host.storage.all(
    `SELECT min(sequence) AS sequence FROM (SELECT sequence FROM audit_chain WHERE ${condition}
     UNION ALL SELECT sequence FROM audit_payloads WHERE ${condition}
     UNION ALL SELECT sequence FROM audit_persons WHERE ${condition})`,
  )
  if (typeof row?.sequence !== 'number') return undefined
  return { sequence: row.sequence, reason: `Entry ${row.sequence} was inserted: it is no part of the chain.` }
}

async function readEvidence(parts: VerifyParts): Promise<Evidence> {
  const checkpoints = await readCheckpoints(parts)
  // Behind the database's: the anchor then knows at least as much.
  const anchor = await parts.anchor.read()
  return { anchor, keys: parts.keys, checkpoints, ...(await readRemoved(parts, anchor)) }
}

async function readCheckpoints({ host }: VerifyParts): Promise<Map<number, Checkpoint>> {
  const sql = `SELECT sequence, time_ms, hash, key_id, signature FROM audit_checkpoints
    WHERE sequence > ? ORDER BY sequence LIMIT ${SHORT_PAGE_ROWS}`
  const rows = await readPages<Checkpoint>(host, sql)
  return new Map(rows.map((checkpoint) => [checkpoint.sequence, checkpoint]))
}

/** Only links that hold by themselves are believed: a forged one must not hide what is missing before it. */
async function readRemoved({ host }: VerifyParts, anchor: AnchorRecord | undefined) {
  const sql = `SELECT * FROM audit_chain WHERE removed IS NOT NULL AND sequence > ? ORDER BY sequence LIMIT ${SHORT_PAGE_ROWS}`
  const stored = (await readPages<ChainRow>(host, sql))
    .filter((link) => hashLink(link) === link.hash && (anchor?.hashOf(link.sequence) ?? link.hash) === link.hash)
    .map(({ removed, sequence }) => parseRemoved(removed ?? '', sequence))
  // Where the chain was written anew behind an entry, the anchor still knows what had been removed before it.
  return { mustBeGone: toSets(stored), mayBeGone: toSets([...stored, ...(anchor?.removed() ?? [])]) }
}

function toSets(all: readonly Removed[]): RemovedSets {
  const [payloads, persons] = [new SequenceSet(), new SequenceSet()]
  payloads.add(all.flatMap((removed) => removed.payloads))
  persons.add(all.flatMap((removed) => [...removed.payloads, ...removed.persons]))
  return { payloads, persons }
}

async function readPages<T extends { readonly sequence: number }>(
  { storage }: Pick<ServiceHost, 'storage'>,
  sql: string,
): Promise<T[]> {
  const rows: T[] = []
  for (let isMore = true; isMore; ) {
    const page = (await storage.all(sql, [rows.at(-1)?.sequence ?? 0])) as unknown as T[]
    rows.push(...page)
    isMore = page.length === SHORT_PAGE_ROWS
  }
  return rows
}
