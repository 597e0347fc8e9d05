/** Stands for bytes that are no UTF-8: never a letter, so that what surrounds it stays a word. */
export const UNDECODABLE = 0xfffd

/** What one lenient reading of a byte sequence gave. */
export interface Utf8Reading {
  /** The code point, {@link UNDECODABLE} if there is none. */
  point: number
  /** How many bytes it took, at least 1. */
  length: number
}

/**
 * Reads one code point the way careless servers do: overlong forms (`C0 AE` is `.`), five and six bytes. `byteAt` answers -1 where no byte is.
 * `C1 AF` is `/` to old IIS, although the bits say otherwise. The answer goes into `reading`.
 */
export function readUtf8(lead: number, byteAt: (index: number) => number, reading: Utf8Reading): void {
  reading.length = 1
  reading.point = lead < 0x80 ? lead : UNDECODABLE
  const extra = continuationCount(lead)
  if (extra === 0) return
  let point = extra === 5 ? lead & 1 : lead & (0x3f >> extra)
  for (let index = 1; index <= extra; index++) {
    const next = byteAt(index)
    if (next < 0x80 || next > 0xbf) return
    point = point * 64 + (next & 0x3f)
  }
  reading.length = extra + 1
  reading.point =
    lead === 0xc1 && point === 0x6f
      ? 0x2f
      : point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)
        ? UNDECODABLE
        : point
}

function continuationCount(lead: number): number {
  if (lead < 0xc0) return 0
  if (lead < 0xe0) return 1
  if (lead < 0xf0) return 2
  if (lead < 0xf8) return 3
  return lead < 0xfc ? 4 : lead < 0xfe ? 5 : 0
}
