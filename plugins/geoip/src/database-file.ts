import { readFileSync, type Stats, statSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import type { Log } from '@drawbridge/plugin-kit'
import { type Database, openDatabase } from './database.ts'
import { type Location, toLocation, UNKNOWN } from './location.ts'

/** A file larger than this is not read: it would take the memory of the machine. The largest databases sold have about 400 MB. */
const MAX_FILE_BYTES = 512 * 1024 ** 2

/** A database in a file that may be replaced while it is in use. */
export class DatabaseFile {
  readonly path: string
  /** The last good version; `undefined` where there was none. */
  database: Database | undefined
  /** Why the file as it is now is not in use, in words for the operator. */
  problem: string | undefined
  /** Grows with each new version. */
  version = 0
  readonly #log: Log
  #stamp = ''
  #hasFailedLookup = false

  /** Opens the file; where that fails, every location is unknown until a good file is there. */
  constructor(path: string, log: Log) {
    this.path = path
    this.#log = log
    try {
      const before = statSync(path)
      this.#stamp = stampOf(before)
      assertSize(before)
      this.#open(readFileSync(path))
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Goes over to a new version of the file, if there is one that can be opened. */
  async refresh(): Promise<void> {
    let stamp = 'missing'
    try {
      const before = await stat(this.path)
      stamp = stampOf(before)
      if (stamp === this.#stamp) return
      assertSize(before)
      const contents = await readFile(this.path)
      // Still being written: the next look will find it whole.
      if (stampOf(await stat(this.path)) !== stamp) return
      this.#stamp = stamp
      this.#open(contents)
      this.#log.info({ path: this.path, type: this.database?.type }, 'a new version of a geoip database is in use')
    } catch (error) {
      if (stamp === 'missing' && this.#stamp === stamp) return
      this.#stamp = stamp
      this.#fail(error)
    }
  }

  /** What the database says of an address in canonical form. Whatever is wrong with it makes the location unknown. */
  locate(address: string): Location {
    try {
      return toLocation(this.database?.find(address))
    } catch (error) {
      if (!this.#hasFailedLookup) {
        this.#hasFailedLookup = true
        this.#log.error(
          { path: this.path, err: error },
          'a geoip database is damaged: what cannot be read in it counts as unknown',
        )
      }
      return UNKNOWN
    }
  }

  #open(contents: Buffer): void {
    this.database = openDatabase(contents)
    this.problem = undefined
    this.#hasFailedLookup = false
    this.version += 1
  }

  #fail(error: unknown): void {
    this.problem = error instanceof Error ? error.message : String(error)
    const rest = this.database === undefined ? 'every location is unknown' : 'the version before stays in use'
    this.#log.error({ path: this.path, err: error }, `a geoip database cannot be opened: ${rest}`)
  }
}

function assertSize({ size }: Stats): void {
  if (size > MAX_FILE_BYTES) throw new Error('it is larger than 512 MB')
}

function stampOf({ ino, size, mtimeMs }: Stats): string {
  return `${ino} ${size} ${mtimeMs}`
}
