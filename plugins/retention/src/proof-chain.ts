import type { SqlValue, StatementWrite, Storage } from '@drawbridge/plugin-kit'
import { chainProof, hashProof, NO_HASH, PROOF_COLUMNS, type ProofDraft, type ProofRow, proofValues } from './proof.ts'

const PAGE = 2_000

/** What checking all proofs found. */
export interface Verification {
  readonly is_valid: boolean
  /** Entries that are as they were written. */
  readonly entries: number
  /** The first that is not, with the reason. */
  readonly first_bad: number | null
  readonly reason: string | null
  /** Hash of the last good entry; the audit log has it too, so that a cut tail can be noticed. */
  readonly head: string
  /** Runs that began and did not end, other than the one under way. */
  readonly unfinished_runs: readonly number[]
}

/** Chains the drafts to what is there and stores them in one transaction with the other writes. Not to be called twice at once. */
export async function appendProofs(
  storage: Storage,
  drafts: readonly ProofDraft[],
  others: readonly StatementWrite[] = [],
): Promise<readonly ProofRow[]> {
  let head = await readHead(storage)
  const rows = drafts.map((draft) => {
    head = chainProof(draft, head)
    return head as ProofRow
  })
  const table = storage.insertInto('retention_proofs', PROOF_COLUMNS)
  await storage.durable([{ table, rows: rows.map(proofValues) }, ...others])
  return rows
}

/** The entries that an SQL clause selects. */
export async function readProofs(
  storage: Storage,
  clause: string,
  params: readonly SqlValue[] = [],
): Promise<readonly ProofRow[]> {
  const rows = await storage.all(`SELECT ${PROOF_COLUMNS.join(', ')} FROM retention_proofs ${clause}`, params)
  return rows as unknown as ProofRow[]
}

/** Numbers of the runs that began and did not end, oldest first. */
export async function readUnfinishedRuns(storage: Storage): Promise<readonly number[]> {
  const clause = `AS b WHERE kind = 'begin'
    AND NOT EXISTS (SELECT 1 FROM retention_proofs AS e WHERE e.run = b.sequence AND e.kind = 'end') ORDER BY sequence`
  return (await readProofs(storage, clause)).map(({ sequence }) => sequence)
}

/** Recomputes the whole chain. `running` is the run under way, if any. */
export async function verifyProofs(storage: Storage, running?: number): Promise<Verification> {
  let last = { sequence: 0, hash: NO_HASH }
  let reason: string | undefined
  for (let isMore = true; isMore && reason === undefined; ) {
    const clause = `WHERE sequence > ? ORDER BY sequence LIMIT ${PAGE}`
    const page = await readProofs(storage, clause, [last.sequence])
    for (const row of page) {
      reason = findFault(row, last)
      if (reason !== undefined) break
      last = row
    }
    isMore = page.length === PAGE
  }
  const unfinished = await readUnfinishedRuns(storage)
  return {
    is_valid: reason === undefined,
    entries: last.sequence,
    first_bad: reason === undefined ? null : last.sequence + 1,
    reason: reason ?? null,
    head: last.hash,
    unfinished_runs: unfinished.filter((run) => run !== running),
  }
}

function findFault(row: ProofRow, before: { sequence: number; hash: string }): string | undefined {
  if (row.sequence !== before.sequence + 1) return 'the entry is missing'
  if (row.previous_hash !== before.hash) return 'the entry does not follow the one before it'
  return hashProof(row) === row.hash ? undefined : 'the entry is not as it was written'
}

async function readHead(storage: Storage): Promise<{ sequence: number; hash: string }> {
  const [last] = await readProofs(storage, 'ORDER BY sequence DESC LIMIT 1')
  return last ?? { sequence: 0, hash: NO_HASH }
}
