import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { coreMigrations } from './core-migrations.ts'
import { DatabaseError, describeCause } from './database-error.ts'
import { migrate, type OwnedMigrations } from './migrate.ts'
import { openDatabase } from './open-database.ts'
import type { QueryReader } from './query-reader.ts'
import { createReader } from './reader.ts'
import { resolveRouteIds, UNKNOWN_ROUTE_ID } from './route-ids.ts'
import type { Row, RowSinkStats, RowTable, RowWrite } from './row-sink.ts'
import type { SqlValue } from './sql-value.ts'
import { createWriter, type StatementWrite, type Writer } from './writer.ts'

/** Opening happens on the main thread: another process's lock must not hold up requests for longer. */
const BUSY_TIMEOUT_MS = 50
const LOOK_EVERY_MS = 5_000
const COMPACT_TRIES = 3
/** Opening a file writes nothing where nothing is new: only this shows that there is room. */
const PROBE = 'INSERT OR REPLACE INTO storage_probe (id, probed_at) VALUES (1, unixepoch())'

/** What a storage is made from. */
export interface StorageOptions {
  readonly file: string
  /** Applied behind the core's, in this order. */
  readonly migrations: readonly OwnedMigrations[]
  /** Calls `tick` every `ms`; returns what stops it. */
  readonly every: (ms: number, tick: () => void) => () => void
  /** Told when storage goes away (with the reason) and when it is back. */
  readonly onChange: (problem: string | undefined) => void
}

/**
 * The one database as the gateway uses it: rows, durable writes and queries, which survive that the file is away, full, locked or damaged.
 * Nothing here throws or waits because of that; what cannot be stored is dropped and counted, or rejected with the reason.
 */
export interface ManagedStorage {
  /** Why nothing can be stored right now; `undefined` while all is well. */
  readonly problem: string | undefined
  insertInto(table: string, columns: readonly string[]): RowTable
  enqueue(table: RowTable, row: Row): boolean
  durable(writes: readonly (RowWrite | StatementWrite)[]): Promise<number[]>
  all(sql: string, params?: readonly SqlValue[]): Promise<Record<string, SqlValue>[]>
  flush(): Promise<void>
  compact(): Promise<void>
  stats(): RowSinkStats
  onReady(listener: () => void): void
  /** Gives each of these hosts its stable id, now or as soon as the database is there. */
  enterHosts(hosts: readonly string[]): void
  /** The stable id of a host; 0 where it has none yet. */
  routeIdOf(host: string): number
  /** Stores what is queued and ends. */
  close(): Promise<void>
}

/** Opens the file, makes it where there is none, and keeps trying where that fails. */
export function createStorage(options: StorageOptions): ManagedStorage {
  return new SqliteStorage(options)
}

class SqliteStorage implements ManagedStorage {
  readonly #options: StorageOptions
  readonly #writer: Writer
  #reader: QueryReader
  readonly #readyListeners: (() => void)[] = []
  readonly #stopRetrying: () => void
  #problem: string | undefined
  #isOpen = false
  #inode = 0n
  #dropped = 0
  #hosts: readonly string[] = []
  #routeIds: ReadonlyMap<string, number> = new Map()

  constructor(options: StorageOptions) {
    this.#options = options
    const { file } = options
    this.#writer = createWriter({ file, onOutcome: (error) => this.#note(error) })
    this.#reader = createReader({ file })
    this.#tryOpen()
    this.#stopRetrying = options.every(LOOK_EVERY_MS, () => this.#look())
  }

  get problem(): string | undefined {
    return this.#problem
  }

  insertInto(table: string, columns: readonly string[]): RowTable {
    return this.#writer.insertInto(table, columns)
  }

  enqueue(table: RowTable, row: Row): boolean {
    if (this.#isOpen) return this.#writer.enqueue(table, row)
    this.#dropped += 1
    return false
  }

  async durable(writes: readonly (RowWrite | StatementWrite)[]): Promise<number[]> {
    this.#assertOpen('stored')
    return this.#writer.durable(writes)
  }

  async all(sql: string, params: readonly SqlValue[] = []): Promise<Record<string, SqlValue>[]> {
    this.#assertOpen('read')
    return this.#reader.all(sql, params)
  }

  flush(): Promise<void> {
    return this.#writer.flush()
  }

  /** A query of the reader may hold the -wal file for a moment. */
  async compact(): Promise<void> {
    this.#assertOpen('erased')
    for (let triesLeft = COMPACT_TRIES - 1; ; triesLeft -= 1) {
      try {
        return await this.#writer.compact()
      } catch (error) {
        if (triesLeft === 0) throw error
      }
    }
  }

  stats(): RowSinkStats {
    const stats = this.#writer.stats()
    return { ...stats, dropped: stats.dropped + this.#dropped, lastError: this.#problem ?? stats.lastError }
  }

  onReady(listener: () => void): void {
    this.#readyListeners.push(listener)
    if (this.#problem === undefined) listener()
  }

  enterHosts(hosts: readonly string[]): void {
    this.#hosts = hosts
    if (this.#isOpen) this.#tryOpen()
  }

  routeIdOf(host: string): number {
    return this.#routeIds.get(host) ?? UNKNOWN_ROUTE_ID
  }

  async close(): Promise<void> {
    this.#stopRetrying()
    await Promise.all([this.#writer.close(), this.#reader.close()])
  }

  /** Synchronous, and short: the schema is brought up to date, the hosts get their ids. */
  #tryOpen(): void {
    const { file, migrations } = this.#options
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
      const database = openDatabase({ file, busyTimeoutMs: BUSY_TIMEOUT_MS })
      try {
        for (const owned of [coreMigrations, ...migrations]) migrate(database, owned)
        database.sqlite.exec(PROBE)
        this.#routeIds = resolveRouteIds(database, this.#hosts)
      } finally {
        database.close()
      }
      this.#inode = inodeOf(file)
      this.#isOpen = true
      this.#setProblem(undefined)
    } catch (error) {
      const cause = error instanceof DatabaseError ? error.message : describe(file, error)
      this.#setProblem(cause)
    }
  }

  #look(): void {
    if (this.#isOpen && inodeOf(this.#options.file) !== this.#inode) this.#takeOtherFile()
    else if (this.#problem !== undefined) this.#tryOpen()
  }

  /** Somebody moved the file away or put a backup in its place: SQLite would go on writing to the old one, for nobody. */
  #takeOtherFile(): void {
    this.#isOpen = false
    this.#setProblem(
      `The database ${this.#options.file} is not the file that was opened: it was moved, deleted or replaced.`,
    )
    this.#writer.reopen().catch(() => {})
    this.#reader.close().catch(() => {})
    this.#reader = createReader({ file: this.#options.file })
    this.#tryOpen()
  }

  #note(error: Error | undefined): void {
    if (error === undefined) this.#setProblem(undefined)
    else
      this.#setProblem(
        `The database ${this.#options.file} cannot be written: ${describeCause(this.#options.file, error)}`,
      )
  }

  #setProblem(problem: string | undefined): void {
    if (problem === this.#problem) return
    const wasAway = this.#problem !== undefined
    this.#problem = problem
    this.#options.onChange(problem)
    if (wasAway && problem === undefined) for (const listener of this.#readyListeners) listener()
  }

  #assertOpen(verb: string): void {
    if (this.#isOpen) return
    throw new DatabaseError('DRAWBRIDGE_DB_UNAVAILABLE', `Nothing can be ${verb} now. ${this.#problem}`)
  }
}

function describe(file: string, error: unknown): string {
  return `The database ${file} cannot be written: ${describeCause(file, error)}`
}

/** 0 where there is no file. */
function inodeOf(file: string): bigint {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.ino ?? 0n
}
