import { appendFile, mkdir, open, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { SqlValue } from '@drawbridge/plugin-kit'
import type { Receipt } from './receipt.ts'

/** The key of a row and its time: together they name a row of an older copy of the database, and nothing else. */
export type RememberedRow = readonly [rowid: SqlValue, time: SqlValue]

/** An erasure as it is remembered outside the database: by what it is found again, never by the address or text that was asked for. */
export interface RememberedErasure {
  readonly id: string
  /** Seconds since 1970. */
  readonly at: number
  /** When no copy of the database can hold the rows any more, seconds since 1970; null: never. */
  readonly until: number | null
  readonly subject: Receipt['subject']
  readonly pseudonyms: readonly string[]
  readonly request_ids: readonly string[]
  /** Rows by table that pseudonyms and request ids do not find. */
  readonly rows: ReadonlyMap<string, readonly RememberedRow[]>
}

type Head = Omit<RememberedErasure, 'rows'>
type Line = Head | { readonly id: string; readonly table: string; readonly rows: readonly RememberedRow[] }

/** The list of erasures, a file of JSON lines (mode 0600) that no restore of the database touches. */
export interface ErasureList {
  /** Both are on the disk when they resolve: what is remembered may be erased. */
  begin(head: Head): Promise<void>
  addRows(id: string, table: string, rows: readonly RememberedRow[]): Promise<void>
  /** Lines that cannot be read (the last one, after a crash) are left out. */
  read(): Promise<readonly RememberedErasure[]>
  /** Drops the erasures that are not needed any more; resolves with how many. */
  prune(now: number): Promise<number>
}

/** Opens the list; the file is made by the first erasure. */
export function createErasureList(file: string): ErasureList {
  const append = async (line: Line, before = '') => {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await appendFile(file, `${before}${JSON.stringify(line)}\n`, { mode: 0o600, flush: true })
  }
  const read = async () => toErasures(await readLines(file))
  return {
    // After a crash the last line may have no end: the empty line keeps it from swallowing this one.
    begin: (head) => append(head, '\n'),
    addRows: (id, table, rows) => append({ id, table, rows }),
    read,
    async prune(now) {
      const all = await read()
      const kept = all.filter(({ until }) => until === null || until > now)
      if (kept.length < all.length) await replace(file, kept)
      return all.length - kept.length
    },
  }
}

async function readLines(file: string): Promise<Line[]> {
  try {
    const text = await readFile(file, 'utf8')
    return text.split('\n').flatMap(parseLine)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function parseLine(line: string): Line[] {
  try {
    return line === '' ? [] : [JSON.parse(line) as Line]
  } catch {
    // Half a line: the process ended while it was written, before anything was erased because of it.
    return []
  }
}

function toErasures(lines: readonly Line[]): RememberedErasure[] {
  const erasures = new Map<string, Head & { rows: Map<string, RememberedRow[]> }>()
  for (const line of lines) {
    if ('at' in line) {
      erasures.set(line.id, { ...line, rows: new Map() })
      continue
    }
    const rows = erasures.get(line.id)?.rows
    const known = rows?.get(line.table)
    if (known === undefined) rows?.set(line.table, [...line.rows])
    else known.push(...line.rows)
  }
  return [...erasures.values()]
}

async function replace(file: string, erasures: readonly RememberedErasure[]): Promise<void> {
  const lines = erasures.flatMap(({ rows, ...head }): Line[] => [
    head,
    ...[...rows].map(([table, remembered]) => ({ id: head.id, table, rows: remembered })),
  ])
  await writeFile(`${file}.new`, lines.map((line) => `${JSON.stringify(line)}\n`).join(''), { mode: 0o600 })
  const handle = await open(`${file}.new`, 'r')
  await handle.sync()
  await handle.close()
  await rename(`${file}.new`, file)
}
