import type { Storage } from '@drawbridge/plugin-kit'
import { addDeleted } from './progress.ts'
import { quoteName, type RowGroup } from './row-group.ts'
import { NO_ROUTE } from './rules.ts'

/** Rows of others wait behind one transaction: this bounds how long. */
const BATCH_ROWS = 500

/** What deleting needs besides the rows' description. */
export interface PurgeContext {
  readonly storage: Storage
  readonly run: number
  /** Aborted when the gateway ends. */
  readonly signal: AbortSignal
  /** Host of a route id; empty where nobody knows it. */
  hostOf(routeId: number): string
  /** Waits until the next batch may be deleted. */
  pace(batchMs: number): Promise<void>
  /** Monotonic milliseconds. */
  now(): number
}

interface DueRow {
  readonly id: number
  readonly time: number
  readonly route_id: number | null
}

/**
 * Deletes the rows of a group that are due, oldest first, a batch in each transaction, and notes them in the same one. Rejects where that
 * fails; what was deleted until then is noted.
 */
export async function purgeRows(context: PurgeContext, group: RowGroup): Promise<void> {
  const select = selectDue(group)
  let from = Number.MIN_SAFE_INTEGER
  for (let isMore = true; isMore; ) {
    context.signal.throwIfAborted()
    const rows = (await context.storage.all(select, [from, group.cutoff, ...group.params])) as unknown as DueRow[]
    if (rows.length === 0) return
    const startedAt = context.now()
    const deleted = await deleteBatch(context, group, rows)
    if (deleted === 0)
      throw new Error('the rows that are due cannot be deleted: a trigger or a change of theirs forbids it')
    from = rows.at(-1)?.time ?? from
    isMore = rows.length === BATCH_ROWS
    await context.pace(context.now() - startedAt)
  }
}

/** Searching is the reader's work: the writer only gets row ids, so rows of others wait as short as can be. */
function selectDue({ table, where }: RowGroup): string {
  const { timeColumn, routeColumn } = table.retention
  const [time, route] = [quoteName(timeColumn), routeColumn === undefined ? 'NULL' : quoteName(routeColumn)]
  return `SELECT rowid AS id, ${time} AS time, ${route} AS route_id FROM ${quoteName(table.name)}
    WHERE ${time} >= ? AND ${time} < ? AND ${where} ORDER BY ${time} LIMIT ${BATCH_ROWS}`
}

async function deleteBatch({ storage, run, hostOf }: PurgeContext, group: RowGroup, rows: readonly DueRow[]) {
  const { table, cutoff, period } = group
  const { class: retentionClass, timeColumn, condition } = table.retention
  // Once more by age: a row may have become a new one since it was found.
  const sql = `DELETE FROM ${quoteName(table.name)} WHERE rowid IN (SELECT value FROM json_each(?))
    AND ${quoteName(timeColumn)} < ?${condition === undefined ? '' : ` AND (${condition})`}`
  const writes = [...Map.groupBy(rows, ({ route_id }) => route_id ?? NO_ROUTE)].flatMap(([routeId, ofRoute]) => {
    const part = { run, class: retentionClass, store: table.name, routeId, host: hostOf(routeId), period, cutoff }
    const times = { oldest: ofRoute[0]?.time ?? cutoff, newest: ofRoute.at(-1)?.time ?? cutoff }
    return [{ sql, params: [JSON.stringify(ofRoute.map(({ id }) => id)), cutoff] }, addDeleted(part, times)]
  })
  const changes = await storage.durable(writes)
  return changes.reduce((sum, count, index) => (index % 2 === 0 ? sum + count : sum), 0)
}
