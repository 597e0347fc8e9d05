import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const CORPORA = join(import.meta.dirname, '../../../../../shared/corpora')

/** The rows of a corpus, or `undefined` where the folder beside the repository is not there. */
export function readCorpus<T>(name: string): T[] | undefined {
  const file = join(CORPORA, name)
  if (!existsSync(file)) return undefined
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as T)
}
