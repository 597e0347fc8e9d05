import { createReadStream } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'

const BUFFER_LENGTH = 64 * 1024

/** Ends the name of a file that is being made; one that is left over from a crash is to be deleted. */
export const TEMPORARY = '.tmp'

/** The lines of a file, one after the other. */
export function readLines(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })
}

/**
 * Leaves only the lines that are kept, in a new file that takes the old one's place at once; a file of which nothing is left is deleted.
 * Resolves with the number of lines removed. Needs memory for a few lines only.
 */
export async function rewriteFile(file: string, isKept: (line: string) => boolean): Promise<number> {
  const temporary = file + TEMPORARY
  const output = await open(temporary, 'w', 0o600)
  let counts: { kept: number; removed: number }
  try {
    counts = await copyKept(file, output, isKept)
    // Before it takes the old one's place: else a lost power line could leave neither.
    if (counts.removed > 0) await output.sync()
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  } finally {
    await output.close()
  }
  if (counts.removed > 0 && counts.kept > 0) await rename(temporary, file)
  else await rm(temporary)
  if (counts.kept === 0) await rm(file)
  return counts.removed
}

async function copyKept(file: string, output: FileHandle, isKept: (line: string) => boolean) {
  let kept = 0
  let removed = 0
  let text = ''
  for await (const line of readLines(file)) {
    if (!isKept(line)) {
      removed += 1
      continue
    }
    kept += 1
    text += `${line}\n`
    if (text.length < BUFFER_LENGTH) continue
    await output.write(text)
    text = ''
  }
  await output.write(text)
  return { kept, removed }
}
