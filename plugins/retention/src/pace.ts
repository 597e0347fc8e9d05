import type { Storage } from '@drawbridge/plugin-kit'

const MIN_PAUSE_MS = 20
/** Measured: without pauses 50,000 rows a second go, and requests feel it; nobody needs more than a third of that. */
const PAUSE_PER_BATCH_MS = 2
const MAX_PAUSE_MS = 500
/** A tenth of what may wait before rows are dropped. */
const LONG_QUEUE_ROWS = 2_000
const QUEUE_PAUSE_MS = 100
/** Under lasting overload a batch is deleted every ten seconds all the same: what is due has to go. */
const MAX_QUEUE_PAUSES = 100

/** Waits between batches: twice as long as the batch took, so that the writer has most of its time for requests, and until its queue is short. */
export async function pace(storage: Storage, batchMs: number, pause: (ms: number) => Promise<unknown>): Promise<void> {
  await pause(Math.min(Math.max(PAUSE_PER_BATCH_MS * batchMs, MIN_PAUSE_MS), MAX_PAUSE_MS))
  for (let pauses = 0; pauses < MAX_QUEUE_PAUSES && storage.stats().queued > LONG_QUEUE_ROWS; pauses += 1)
    await pause(QUEUE_PAUSE_MS)
}
