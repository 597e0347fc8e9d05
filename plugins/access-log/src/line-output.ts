import { write } from 'node:fs'
import { promisify } from 'node:util'
import type { Clock, Log } from '@drawbridge/plugin-kit'
import { createLineQueue } from './line-queue.ts'
import type { LineSink } from './log-files.ts'
import { createTrouble } from './trouble.ts'

const STDOUT = 1
const FLUSH_MS = 250
const MAX_WAITING = 1024 * 1024
const writeTo = promisify(write)

/** Lines to standard output. */
export interface LineOutput extends LineSink {
  flush(): Promise<void>
  stop(): Promise<void>
}

/** What line output needs; `descriptor` is that of standard output unless it says otherwise. */
export interface LineOutputParts {
  readonly clock: Clock
  readonly log: Log
  readonly descriptor?: number
}

/**
 * Makes it. It writes in the thread pool: `process.stdout` would make requests wait for whoever reads the pipe. No timer runs before the
 * first line.
 */
export function createLineOutput({ clock, log, descriptor = STDOUT }: LineOutputParts): LineOutput {
  const queue = createLineQueue(MAX_WAITING)
  const trouble = createTrouble(log, 'standard output')
  let rest = Buffer.alloc(0)
  let stopTimer: (() => void) | undefined
  let writing: Promise<void> | undefined

  async function writeAll(): Promise<void> {
    const dropped = queue.takeDropped()
    if (dropped > 0) trouble.lost(dropped)
    rest = Buffer.concat([rest, Buffer.from(rest.length === 0 ? queue.take() : '')])
    try {
      while (rest.length > 0) {
        const { bytesWritten } = await writeTo(descriptor, rest)
        rest = rest.subarray(bytesWritten)
      }
      if (dropped === 0) trouble.over()
    } catch (error) {
      // The pipe is full: the rest waits, and further lines behind it.
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return
      trouble.lost(1, error)
      rest = Buffer.alloc(0)
    }
  }

  async function flush(): Promise<void> {
    writing ??= writeAll().finally(() => {
      writing = undefined
    })
    await writing
  }

  return {
    append(line) {
      stopTimer ??= clock.every(FLUSH_MS, () => void flush())
      queue.push(line)
    },
    flush,
    async stop() {
      stopTimer?.()
      await writing
      await flush()
    },
  }
}
