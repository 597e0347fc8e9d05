import { Worker } from 'node:worker_threads'
import { fromPlainError } from './database-error.ts'
import type { WriterReply, WriterRequest } from './writer-protocol.ts'

/**
 * Calls into the writer thread. It starts at the first call, and again after a crash; it does not keep the process alive
 * except while `keepAlive` awaits something.
 */
export class WriterThread {
  readonly #file: string
  readonly #calls = new Map<number, PromiseWithResolvers<WriterReply>>()
  #worker: Worker | undefined
  #lastId = 0
  #awaited = 0

  constructor(file: string) {
    this.#file = file
  }

  /** Sends a request and resolves with the answer; rejects with the error the thread met, or if it ends instead. */
  call(request: Omit<WriterRequest, 'id'>): Promise<WriterReply> {
    const id = ++this.#lastId
    const call = Promise.withResolvers<WriterReply>()
    this.#worker ??= this.#start()
    this.#worker.postMessage({ id, ...request } satisfies WriterRequest)
    this.#calls.set(id, call)
    return call.promise
  }

  /** Awaits a promise that depends on the thread, keeping the process alive until then. */
  async keepAlive<T>(promise: Promise<T>): Promise<T> {
    this.#awaited++
    this.#worker?.ref()
    try {
      return await promise
    } finally {
      this.#awaited--
      if (this.#awaited === 0) this.#worker?.unref()
    }
  }

  /** Lets the thread close its connections and end; does nothing if it never started. */
  async close(): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    const exited = new Promise((resolve) => worker.once('exit', resolve))
    await this.keepAlive(Promise.all([this.call({ kind: 'close', inserts: [] }), exited]))
  }

  #start(): Worker {
    // Through the package's own exports: a relative URL of a .ts file would not be rewritten for dist.
    const program = new URL(import.meta.resolve('@drawbridge/db/writer-worker'))
    const worker = new Worker(program, { name: 'drawbridge-writer', workerData: this.#file })
    worker.on('message', (reply: WriterReply) => this.#settle(reply))
    worker.on('error', (error) => this.#failAll(error))
    worker.on('exit', () => this.#forget(worker))
    if (this.#awaited === 0) worker.unref()
    return worker
  }

  #settle(reply: WriterReply): void {
    const call = this.#calls.get(reply.id)
    this.#calls.delete(reply.id)
    if (reply.error === undefined) call?.resolve(reply)
    else call?.reject(fromPlainError(reply.error))
  }

  #forget(worker: Worker): void {
    if (this.#worker === worker) this.#worker = undefined
    this.#failAll(new Error('the writer thread ended'))
  }

  #failAll(error: unknown): void {
    for (const call of this.#calls.values()) call.reject(error)
    this.#calls.clear()
  }
}
