import type { Transform } from 'node:stream'
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib'

/** Gets the plain bytes, or `undefined` where there is no way to them. */
export type PlainListener = (plain: Buffer | undefined) => void

/** More codings on top of each other have no honest use. */
const MAX_CODINGS = 2
/** Bytes out for one byte in. Real texts reach about 20; what goes beyond is made to blow up. */
const MAX_RATIO = 200
const GZIP = { finishFlush: constants.Z_SYNC_FLUSH }

const DECODERS: Readonly<Record<string, (body: Buffer) => Transform>> = {
  gzip: () => createGunzip(GZIP),
  'x-gzip': () => createGunzip(GZIP),
  // RFC 9110 8.4.1.2 means the zlib format; some send the bare stream.
  deflate: (body) => (hasZlibHead(body) ? createInflate(GZIP) : createInflateRaw(GZIP)),
  br: () => createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH }),
  zstd: () => createZstdDecompress({ finishFlush: constants.ZSTD_e_flush }),
}

/**
 * Undoes content codings for inspection, outside the event loop: the first `maxBytes` of what comes out, also of a body that is cut off.
 * There is no way for unknown codings, more than two of them, broken data, and bodies that grow more than 200-fold.
 */
export function decodeBody(
  body: Buffer,
  { codings, maxBytes }: { codings: readonly string[]; maxBytes: number },
  listener: PlainListener,
): void {
  const coding = codings.at(-1)
  if (coding === undefined) return listener(body)
  const createDecoder = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined
  if (createDecoder === undefined || codings.length > MAX_CODINGS) return listener(undefined)
  collect(createDecoder(body), { body, maxBytes }, (plain) => {
    if (plain === undefined) return listener(undefined)
    decodeBody(plain, { codings: codings.slice(0, -1), maxBytes }, listener)
  })
}

function collect(decoder: Transform, how: { body: Buffer; maxBytes: number }, listener: PlainListener): void {
  const { body, maxBytes } = how
  const chunks: Buffer[] = []
  let bytes = 0
  let isOver = false
  const finish = (isFine: boolean) => {
    if (isOver) return
    isOver = true
    decoder.destroy()
    const isBomb = bytes > MAX_RATIO * Math.max(body.length, 1)
    listener(isFine && !isBomb ? Buffer.concat(chunks).subarray(0, maxBytes) : undefined)
  }
  decoder.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= maxBytes) finish(true)
  })
  decoder.on('end', () => finish(true))
  decoder.on('error', () => finish(false))
  decoder.end(body)
}

/** RFC 1950 2.2: method 8, and a check over the first two bytes. */
function hasZlibHead(body: Buffer): boolean {
  const [first = 0, second = 0] = body
  return (first & 15) === 8 && (first * 256 + second) % 31 === 0
}
