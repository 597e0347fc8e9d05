import { readFileSync, type Stats, statSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import type { Clock, Log } from '@drawbridge/plugin-kit'
import { type Database, openDatabase } from './database.ts'
import { type Location, toLocation, UNKNOWN } from './location.ts'

/** A file larger than this is not read: it would take the memory of the machine. The largest databases sold have about 400 MB. */
const MAX_FILE_BYTES = 512 * 1024 ** 2
const DAY_MS = 86_400_000
/** Networks change hands: what is older than half a year is wrong about more and more of them. */
const MAX_AGE_DAYS = 183

/** What a file is watched with. */
export interface DatabaseFileParts {
  readonly log: Log
  readonly clock: Pick<Clock, 'wallNow'>
}

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
  readonly #clock: Pick<Clock, 'wallNow'>
  #stamp = 'missing'
  #hasFailedLookup = false

  /** Opens the file; where that fails, every location is unknown until a good file is there. */
  constructor(path: string, { log, clock }: DatabaseFileParts) {
    this.path = path
    this.#log = log
    this.#clock = clock
    try {
      const before = statSync(path)
      this.#stamp = stampOf(before)
      assertReadable(before)
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
      assertReadable(before)
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
    this.#warnIfOld(this.database)
  }

  #warnIfOld({ builtAt, type }: Database): void {
    const days = builtAt === undefined ? 0 : Math.floor((this.#clock.wallNow() - builtAt) / DAY_MS)
    if (days <= MAX_AGE_DAYS) return
    this.#log.warn(
      { path: this.path, type, days },
      'a geoip database is more than half a year old, and wrong about more and more addresses: put a newer file into "databases"',
    )
  }

  #fail(error: unknown): void {
    this.problem = explain(error)
    const rest = this.database === undefined ? 'every location is unknown' : 'the version before stays in use'
    this.#log.error({ path: this.path, problem: this.problem }, `a geoip database cannot be opened: ${rest}`)
  }
}

/** Of a device or a pipe, reading would never end. */
function assertReadable(stats: Stats): void {
  if (!stats.isFile()) throw new Error(stats.isDirectory() ? 'it is a folder: name the file in it' : 'it is no file')
  if (stats.size > MAX_FILE_BYTES) throw new Error('it is larger than 512 MB')
}

function explain(error: unknown): string {
  const { code, message = String(error) } = error as Partial<NodeJS.ErrnoException>
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file'
  if (code === 'EACCES') return 'the gateway may not read it'
  return message
}

function stampOf({ ino, size, mtimeMs }: Stats): string {
  return `${ino} ${size} ${mtimeMs}`
}
