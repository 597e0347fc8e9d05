import { createReadStream } from 'node:fs'
import { mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { type AnchorLine, AnchorRecord } from './anchor-record.ts'

const FILE_MODE = 0o600

/** The file outside the database that knows every entry. */
export interface Anchor {
  readonly file: string
  /** Adds the lines and resolves once they are on the disk. */
  append(lines: readonly AnchorLine[]): Promise<void>
  /** All that it says; `undefined` where there is no file. */
  read(): Promise<AnchorRecord | undefined>
}

/** The anchor in this file, which is made with the first line. */
export function createAnchor(file: string): Anchor {
  let needsNewline: boolean | undefined
  return {
    file,
    async append(lines) {
      // After a crash the last line may be half a line: the next one must not become part of it.
      needsNewline ??= await endsInsideLine(file)
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
      const isNeeded = needsNewline
      needsNewline = undefined
      await appendDurably(file, isNeeded ? `\n${text}` : text)
      needsNewline = false
    },
    read: () => readRecord(file),
  }
}

/** Opened each time: entries are rare, and a file that somebody moved away must not swallow them. */
async function appendDurably(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const handle = await open(file, 'a', FILE_MODE)
  try {
    await handle.appendFile(text)
    await handle.datasync()
  } finally {
    await handle.close()
  }
}

async function endsInsideLine(file: string): Promise<boolean> {
  const size = await sizeOf(file)
  if (size === undefined || size === 0) return false
  const handle = await open(file, 'r')
  try {
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
    return buffer.toString() !== '\n'
  } finally {
    await handle.close()
  }
}

async function readRecord(file: string): Promise<AnchorRecord | undefined> {
  if ((await sizeOf(file)) === undefined) return undefined
  const record = new AnchorRecord()
  const input = createReadStream(file, { encoding: 'utf8' })
  const lines = createInterface({ input, crlfDelay: Infinity })
  lines.on('line', (line) => record.takeLine(line))
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  input.once('error', reject)
  lines.once('close', resolve)
  await promise
  return record
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
