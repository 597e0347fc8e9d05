import type { Duplex } from 'node:stream'

/** Two sockets joined after a `101`: bytes pass both ways, ends and errors too. */
export class Tunnel {
  readonly #client: Duplex
  readonly #backend: Duplex
  readonly #onClosed: () => void
  #isClosed = false

  /** `onBytes` is told of every chunk: from the client (true) or from the backend. `onClosed` once, when both are gone. */
  constructor(
    client: Duplex,
    backend: Duplex,
    on: { bytes(fromClient: boolean, bytes: number): void; closed(): void },
  ) {
    this.#client = client
    this.#backend = backend
    this.#onClosed = on.closed
    this.#join(client, backend, (bytes) => on.bytes(true, bytes))
    this.#join(backend, client, (bytes) => on.bytes(false, bytes))
  }

  /** Cuts both connections. */
  destroy(): void {
    this.#client.destroy()
    this.#backend.destroy()
  }

  #join(from: Duplex, to: Duplex, onBytes: (bytes: number) => void): void {
    from.on('data', (chunk: Buffer) => {
      onBytes(chunk.length)
      if (!to.write(chunk)) from.pause()
    })
    to.on('drain', () => from.resume())
    from.on('end', () => to.end())
    from.on('error', () => this.destroy())
    from.on('close', () => this.#closed(from, to))
    from.resume()
  }

  #closed(from: Duplex, to: Duplex): void {
    // A half-closed peer may still have something to say; one that is gone without having ended has not.
    if (!from.readableEnded) to.destroy()
    // What is under way to a peer still goes out; what it says has nobody left to hear it.
    else if (to.writableFinished) to.destroy()
    else to.once('finish', () => to.destroy())
    if (this.#isClosed || !(this.#client.destroyed && this.#backend.destroyed)) return
    this.#isClosed = true
    this.#onClosed()
  }
}
