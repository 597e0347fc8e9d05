import type { Storage } from '@drawbridge/plugin-kit'
import { forgetUpTo, type ProgressRow, readProgress } from './progress.ts'
import { draftProof, type ProofDetails, type ProofDraft, type ProofRow } from './proof.ts'
import { appendProofs, readProofs, readUnfinishedRuns } from './proof-chain.ts'

const PAGE = 250

/** How a run ended. */
export interface RunEnd {
  readonly run: number
  /** Seconds since 1970. */
  readonly time: number
  readonly isInterrupted: boolean
  readonly details: ProofDetails
}

/** Turns what was noted into proofs, ends the run with an entry that sums it up, and resolves with that. */
export async function settleRun(storage: Storage, { run, time, isInterrupted, details }: RunEnd): Promise<ProofRow> {
  await settleProgress(storage, time)
  const sql = `SELECT ifnull(sum(deleted), 0) AS deleted, count(iif(outcome <> 'done', 1, NULL)) AS failures
    FROM retention_proofs WHERE run = ? AND kind = 'purge'`
  const [sums] = await storage.all(sql, [run])
  const failures = Number(sums?.failures)
  const isComplete = failures === 0 && details.is_compacted === true
  const outcome = isInterrupted ? 'interrupted' : isComplete ? 'done' : 'incomplete'
  const end = { run, time, kind: 'end', deleted: Number(sums?.deleted), outcome } as const
  const [row] = await appendProofs(storage, [draftProof({ ...end, details: { failures, ...details } })])
  if (row === undefined) throw new Error('the end of the run was not stored')
  return row
}

/** Ends the runs that a crash or a lost database interrupted; resolves with their last entries. */
export async function settleUnfinished(storage: Storage, time: number): Promise<readonly ProofRow[]> {
  const ends: ProofRow[] = []
  for (const run of await readUnfinishedRuns(storage))
    ends.push(await settleRun(storage, { run, time, isInterrupted: true, details: {} }))
  return ends
}

/** When the last run that was not interrupted began, in seconds since 1970; for a database without any, when it was made. Beginnings in the future (a clock that was wrong) do not count. */
export async function readLastStart(storage: Storage, nowSeconds: number): Promise<number> {
  const sql = `SELECT max(b.time) AS time FROM retention_proofs AS b JOIN retention_proofs AS e ON e.run = b.sequence
    WHERE b.kind = 'begin' AND b.time <= ? AND e.kind = 'end' AND e.outcome <> 'interrupted'`
  const [last] = await storage.all(sql, [nowSeconds])
  if (typeof last?.time === 'number') return last.time
  const [made] = await storage.all('SELECT created_at FROM routes WHERE route_id = 0')
  return Number(made?.created_at ?? 0)
}

/** The end of the last run, with its beginning. */
export async function readLastRun(storage: Storage): Promise<{ begin: ProofRow; end: ProofRow } | undefined> {
  const [end] = await readProofs(storage, "WHERE kind = 'end' ORDER BY sequence DESC LIMIT 1")
  if (end === undefined) return undefined
  const [begin] = await readProofs(storage, 'WHERE sequence = ?', [end.run])
  return begin === undefined ? undefined : { begin, end }
}

/** A page at a time, each in one transaction: a crash in between repeats and loses nothing. */
async function settleProgress(storage: Storage, time: number): Promise<void> {
  for (let isMore = true; isMore; ) {
    const rows = await readProgress(storage, PAGE)
    const last = rows.at(-1)
    if (last === undefined) return
    await appendProofs(
      storage,
      rows.map((row) => toDraft(row, time)),
      [forgetUpTo(last.id)],
    )
    isMore = rows.length === PAGE
  }
}

function toDraft({ id: _id, state, error, deleted, ...facts }: ProgressRow, time: number): ProofDraft {
  const isUnknown = state === 'started'
  return draftProof({
    ...facts,
    class: facts.class,
    time,
    kind: 'purge',
    // Files were being deleted when the run ended: how many of them are gone, nobody counted.
    deleted: isUnknown ? null : deleted,
    outcome: isUnknown ? 'interrupted' : state === 'failed' ? 'failed' : 'done',
    details: error === null ? {} : { error },
  })
}
