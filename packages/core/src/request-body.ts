import type { IncomingMessage } from 'node:http'
import type { BodyLimit, BodySink, BodySource } from '@drawbridge/plugin-kit'
import { noteUploadedBytes } from './upload-garbage.ts'

/** What a request body tells the exchange it belongs to. */
export interface BodyObserver {
  /** Reading begins: a client that waits for `100 Continue` may go on. */
  bodyStarted(): void
  /** `bytes` in all. */
  bodyReceived(bytes: number): void
  /** The backend does not take more for now (true), or again (false). */
  bodyStalled(isStalled: boolean): void
  bodyComplete(): void
  /** The body must not go on: too large. */
  bodyRefused(error: Error): void
}

/** The client's body on its way to the backend: read only as fast as the backend takes it, counted, bounded. */
export class RequestBody implements BodySource {
  readonly bytes: number
  readonly #request: IncomingMessage
  readonly #observer: BodyObserver
  readonly #limit: BodyLimit | undefined
  #received = 0
  #isDiscarded = false

  /** `bytes` is the declared length, or -1. */
  constructor(
    request: IncomingMessage,
    observer: BodyObserver,
    declared: { bytes: number; limit: BodyLimit | undefined },
  ) {
    this.bytes = declared.bytes
    this.#request = request
    this.#observer = observer
    this.#limit = declared.limit
  }

  start(sink: BodySink): void {
    this.#observer.bodyStarted()
    this.#request.on('data', (chunk: Buffer) => this.#take(chunk, sink))
    this.#request.on('end', () => {
      if (this.#isDiscarded) return
      this.#observer.bodyComplete()
      sink.end()
    })
    // A client that goes away is seen by its response closing; unheard, the error would end the process.
    this.#request.on('error', () => {})
  }

  resume(): void {
    this.#observer.bodyStalled(false)
    this.#request.resume()
  }

  /** From now on the body is read and thrown away: the backend wants no more of it, the client must get rid of it. */
  discard(): void {
    if (this.#request.readableEnded) return
    this.#isDiscarded = true
    this.#request.resume()
  }

  #take(chunk: Buffer, sink: BodySink): void {
    if (this.#isDiscarded) return
    this.#received += chunk.length
    this.#observer.bodyReceived(this.#received)
    noteUploadedBytes(chunk.length)
    if (this.#limit !== undefined && this.#received > this.#limit.maxBytes) {
      this.#observer.bodyRefused(this.#limit.error(this.#received))
      return
    }
    if (sink.write(chunk)) return
    this.#request.pause()
    this.#observer.bodyStalled(true)
  }
}
