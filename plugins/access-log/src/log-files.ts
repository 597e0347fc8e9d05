import { appendFile, mkdir, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock, Log } from '@drawbridge/plugin-kit'
import { createLineQueue, type LineQueue } from './line-queue.ts'
import { type LogFileName, toFileName, toLinkName } from './log-file-name.ts'
import { toDay } from './log-time.ts'
import { createTrouble, type Trouble } from './trouble.ts'

const FLUSH_MS = 500
const MAX_WAITING = 1024 * 1024
const DAY_MS = 86_400_000

/** Takes the lines of one host in one format. */
export interface LineSink {
  append(line: string): void
}

/** The log files of the process: one a host, format and UTC day. */
export interface LogFiles {
  readonly folder: string
  sink(name: Omit<LogFileName, 'day'>): LineSink
  /** Runs the action while nothing else writes or rewrites the file. */
  exclusively<T>(file: string, action: () => Promise<T>): Promise<T>
  /** Resolves when all lines taken before are in their files, or lost. */
  flush(): Promise<void>
  stop(): Promise<void>
}

/** What log files need. */
export interface LogFilesParts {
  readonly folder: string
  readonly clock: Clock
  readonly log: Log
}

interface DayText {
  readonly day: string
  readonly text: string
}

interface OpenSink extends LineSink {
  readonly name: Omit<LogFileName, 'day'>
  readonly trouble: Trouble
  readonly queue: LineQueue
  /** Of the day before, where midnight passed since the last flush. */
  readonly earlier: DayText[]
  day: string
  dayEnd: number
  /** The file may end within a line, because writing it failed. */
  isTorn: boolean
  linkedDay: string
}

/** Makes the log files. Nothing is opened, and no timer runs, before the first sink is asked for. */
export function createLogFiles({ folder, clock, log }: LogFilesParts): LogFiles {
  const sinks = new Map<string, OpenSink>()
  const running = new Map<string, Promise<unknown>>()
  let stopTimer = () => {}
  let flushing: Promise<void> | undefined

  function openSink(name: Omit<LogFileName, 'day'>): OpenSink {
    const link = toLinkName(name)
    const trouble = createTrouble(log, join(folder, link))
    const sink: OpenSink = {
      name,
      trouble,
      queue: createLineQueue(MAX_WAITING),
      earlier: [],
      ...dayOf(clock.wallNow()),
      isTorn: false,
      linkedDay: '',
      append(line) {
        const now = clock.wallNow()
        if (now >= sink.dayEnd) {
          sink.earlier.push({ day: sink.day, text: sink.queue.take() })
          Object.assign(sink, dayOf(now))
        }
        sink.queue.push(line)
      },
    }
    return sink
  }

  async function exclusively<T>(file: string, action: () => Promise<T>): Promise<T> {
    const previous = running.get(file) ?? Promise.resolve()
    const current = previous.then(action, action)
    running.set(file, current)
    try {
      return await current
    } finally {
      if (running.get(file) === current) running.delete(file)
    }
  }

  async function writeSink(sink: OpenSink): Promise<void> {
    const dropped = sink.queue.takeDropped()
    if (dropped > 0) sink.trouble.lost(dropped)
    const texts = [...sink.earlier.splice(0), { day: sink.day, text: sink.queue.take() }]
    for (const { day, text } of texts) {
      if (text !== '') await write(sink, { day, text }, dropped > 0)
    }
  }

  async function write(sink: OpenSink, { day, text }: DayText, isDropping: boolean): Promise<void> {
    const file = join(folder, toFileName({ ...sink.name, day }))
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await exclusively(file, () => appendFile(file, sink.isTorn ? `\n${text}` : text, { mode: 0o600 }))
      sink.isTorn = false
      if (sink.linkedDay !== day) await linkTo(sink, day)
      if (!isDropping) sink.trouble.over()
    } catch (error) {
      sink.isTorn = true
      sink.trouble.lost(text.split('\n').length - 1, error)
    }
  }

  /** A name that stays, for programs that follow a file. Where links cannot be made the day's file is still there. */
  async function linkTo(sink: OpenSink, day: string): Promise<void> {
    sink.linkedDay = day
    const link = join(folder, toLinkName(sink.name))
    const temporary = `${link}.new`
    try {
      await rm(temporary, { force: true })
      await symlink(toFileName({ ...sink.name, day }), temporary)
      await rename(temporary, link)
    } catch (error) {
      log.warn({ err: error, link }, 'no link to the log file of the day could be made')
    }
  }

  /** One at a time, so that lines stay in order. */
  async function flush(): Promise<void> {
    while (flushing !== undefined) await flushing
    flushing = Promise.all([...sinks.values()].map(writeSink)).then(() => {
      flushing = undefined
    })
    await flushing
  }

  return {
    folder,
    exclusively,
    flush,
    sink(name) {
      const key = toLinkName(name)
      let sink = sinks.get(key)
      if (sink === undefined) {
        if (sinks.size === 0) stopTimer = clock.every(FLUSH_MS, () => flushing === undefined && void flush())
        sink = openSink(name)
        sinks.set(key, sink)
      }
      return sink
    },
    async stop() {
      stopTimer()
      await flush()
    },
  }
}

function dayOf(now: number): Pick<OpenSink, 'day' | 'dayEnd'> {
  return { day: toDay(now), dayEnd: (Math.floor(now / DAY_MS) + 1) * DAY_MS }
}
