import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { DatabaseError, type DatabaseErrorCode, fromPlainError, toPlainError } from './database-error.ts'
import type { QueryReader } from './query-reader.ts'
import type { ReaderReply, ReaderRequest, ReaderResult } from './reader-protocol.ts'
import type { SqlValue } from './sql-value.ts'

/** A result that does not fit ends the process and rejects the query, instead of taking the machine's memory. */
const HEAP_MIB = 128

/** How the reader works; only `file` has no default. */
export interface ReaderOptions {
  readonly file: string
  /** A query running longer is ended, and rejected. Default 10,000 ms. */
  readonly timeoutMs?: number
  /** A query giving more rows is rejected. Default 5,000. */
  readonly maxRows?: number
  /** Queries that may wait behind the one running; more are rejected. Default 100. */
  readonly maxPending?: number
  /** The process ends after this long without a query, and starts again with the next. Default 60,000 ms. */
  readonly idleMs?: number
}

interface Query extends PromiseWithResolvers<ReaderResult> {
  readonly request: ReaderRequest
}

/** A reader for a file that has been opened before; its process starts with the first query. */
export function createReader(options: ReaderOptions): QueryReader {
  return new ProcessReader(options)
}

/** Runs one query at a time in a child process of low priority. A process, because SQLite in a thread cannot be stopped. */
class ProcessReader implements QueryReader {
  readonly #options: Required<ReaderOptions>
  readonly #waiting: Query[] = []
  #running: Query | undefined
  #child: ChildProcess | undefined
  /** Ends a query that runs too long, or a process that rests too long. */
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor({ file, timeoutMs = 10_000, maxRows = 5_000, maxPending = 100, idleMs = 60_000 }: ReaderOptions) {
    this.#options = { file, timeoutMs, maxRows, maxPending, idleMs }
  }

  async all(sql: string, params: readonly SqlValue[] = []): Promise<Record<string, SqlValue>[]> {
    const { columns, rows } = await this.#query(sql, params)
    return rows.map((row) => toObject(columns, row))
  }

  async values(sql: string, params: readonly SqlValue[] = []): Promise<SqlValue[][]> {
    const { rows } = await this.#query(sql, params)
    return rows
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    const child = this.#child
    const closed = queryError('DRAWBRIDGE_DB_CLOSED', 'the reader is closed')
    for (const query of this.#waiting.splice(0)) query.reject(closed)
    if (child === undefined) return
    child.ref()
    const exited = new Promise((resolve) => child.once('exit', resolve))
    if (this.#running === undefined) this.#dismiss(child)
    else this.#fail(closed)
    await exited
  }

  #query(sql: string, params: readonly SqlValue[]): Promise<ReaderResult> {
    const query = { request: { sql, params, maxRows: this.#options.maxRows }, ...Promise.withResolvers<ReaderResult>() }
    if (this.#isClosed) {
      query.reject(queryError('DRAWBRIDGE_DB_CLOSED', 'the reader is closed'))
    } else if (this.#waiting.length >= this.#options.maxPending) {
      query.reject(queryError('DRAWBRIDGE_DB_BUSY', `${this.#options.maxPending} queries are waiting already`))
    } else {
      this.#waiting.push(query)
      this.#next()
    }
    return query.promise
  }

  #next(): void {
    if (this.#running !== undefined) return
    this.#running = this.#waiting.shift()
    clearTimeout(this.#timer)
    if (this.#running === undefined) {
      this.#rest()
      return
    }
    this.#timer = setTimeout(() => this.#fail(this.#timeoutError()), this.#options.timeoutMs)
    this.#send(this.#running.request)
  }

  #send(request: ReaderRequest): void {
    try {
      this.#child ??= this.#start()
      const child = this.#child
      keepAlive(child, true)
      child.send(request, (error) => error && child === this.#child && this.#fail(stopped(error)))
    } catch (error) {
      // No memory for a process, or a parameter that cannot be sent, such as a function.
      this.#settle({ error: toPlainError(error) })
    }
  }

  #rest(): void {
    const child = this.#child
    if (child === undefined) return
    keepAlive(child, false)
    this.#timer = setTimeout(() => this.#dismiss(child), this.#options.idleMs).unref()
  }

  /** Lets a process without a query exit. */
  #dismiss(child: ChildProcess): void {
    this.#child = undefined
    child.disconnect()
  }

  #settle(reply: ReaderReply): void {
    const query = this.#running
    this.#running = undefined
    if ('result' in reply) query?.resolve(reply.result)
    else query?.reject(queryError('DRAWBRIDGE_DB_QUERY', reply.error.message, fromPlainError(reply.error)))
    this.#next()
  }

  /** Gives up the query that is running together with its process, and goes on with the next one in a new process. */
  #fail(error: DatabaseError): void {
    const query = this.#running
    this.#running = undefined
    this.#child?.kill('SIGKILL')
    this.#child = undefined
    query?.reject(error)
    this.#next()
  }

  #start(): ChildProcess {
    // Through the package's own exports: a relative URL of a .ts file would not be rewritten for dist.
    const program = fileURLToPath(import.meta.resolve('@drawbridge/db/reader-process'))
    const child = fork(program, [this.#options.file], {
      execArgv: [`--max-old-space-size=${HEAP_MIB}`],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const endWithUs = () => child.kill('SIGKILL')
    process.once('exit', endWithUs)
    child.on('message', (reply: ReaderReply) => child === this.#child && this.#settle(reply))
    child.on('error', (error) => child === this.#child && this.#fail(stopped(error)))
    child.on('exit', (code, signal) => {
      process.off('exit', endWithUs)
      if (child === this.#child) this.#fail(stopped(new Error(`exit code ${code}, signal ${signal}`)))
    })
    return child
  }

  #timeoutError(): DatabaseError {
    const text = `it took longer than ${this.#options.timeoutMs} ms and was stopped: ask for a shorter period or fewer rows`
    return queryError('DRAWBRIDGE_DB_QUERY_TIMEOUT', text)
  }
}

function keepAlive(child: ChildProcess, isNeeded: boolean): void {
  if (isNeeded) {
    child.ref()
    child.channel?.ref()
  } else {
    child.unref()
    child.channel?.unref()
  }
}

function toObject(columns: readonly string[], values: readonly SqlValue[]): Record<string, SqlValue> {
  const row: Record<string, SqlValue> = {}
  for (const [index, column] of columns.entries()) row[column] = values[index] ?? null
  return row
}

function stopped(cause: Error): DatabaseError {
  return queryError('DRAWBRIDGE_DB_QUERY', `the reader process stopped (${cause.message})`, cause)
}

function queryError(code: DatabaseErrorCode, text: string, cause?: unknown): DatabaseError {
  return new DatabaseError(code, `The query was not answered: ${text}.`, { cause })
}
