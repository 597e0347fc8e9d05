import type { Writable } from 'node:stream'

const SLAB_BYTES = 65_536
/** Smaller chunks get a copy of their own size: a slow reader must not hold a slab for each. */
const MIN_SLAB_USE = 32_768

/**
 * Copies of lent chunks on their way to one client. A large copy is made in a slab that is used again once the client's socket has
 * taken it, so that a long download needs two or three slabs instead of leaving a gigabyte of garbage. Of one exchange only: another
 * client's bytes never stand in the same slab.
 */
export class ChunkCopies {
  readonly #free: Buffer[] = []

  /** Writes a copy of the chunk. False: the client should be waited for. */
  write(to: Writable, chunk: Buffer): boolean {
    if (chunk.length < MIN_SLAB_USE || chunk.length > SLAB_BYTES) return to.write(Buffer.from(chunk))
    const slab = this.#free.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES)
    chunk.copy(slab)
    return to.write(slab.subarray(0, chunk.length), () => this.#free.push(slab))
  }
}
