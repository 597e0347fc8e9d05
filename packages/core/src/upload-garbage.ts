import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const COLLECT_EVERY_BYTES = 16 * 1024 * 1024

let uncollectedBytes = 0
let collectYoung: (() => void) | undefined

/**
 * Node's HTTP parser makes a new buffer of every piece of a request body, and V8 lets 64 MiB of such memory pile up before it looks,
 * because the objects that hold it are tiny. A collection of the young generation every 16 MiB takes well under a millisecond and
 * keeps an upload of any size at a few MiB. (Answers need none of this: see `ChunkCopies`.)
 */
export function noteUploadedBytes(bytes: number): void {
  uncollectedBytes += bytes
  if (uncollectedBytes < COLLECT_EVERY_BYTES) return
  uncollectedBytes = 0
  collectYoung ??= findCollector()
  collectYoung()
}

/** V8 hands out its collector only to contexts made after the flag was set. */
function findCollector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void
  return () => collect({ type: 'minor' })
}
