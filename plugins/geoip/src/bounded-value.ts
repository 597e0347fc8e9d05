/** Values, nested ones and those behind pointers included, that a record may have. MaxMind's largest have about 150. */
const MAX_VALUES = 1024
/** Bytes that its texts may have together. */
const MAX_BYTES = 65_536
/** Levels of maps, arrays and pointers in each other. The format's own records have 6. */
const MAX_DEPTH = 32

const POINTER = 1
const MAP = 7
const ARRAY = 11
const BOOLEAN = 14
const LAST_TYPE = 15
/** What each size of a pointer is counted from. */
const POINTER_OFFSETS = [0, 2048, 526_336, 0] as const

/** What one, two and three further bytes of a size are added to. */
const LONG_SIZES = [0, 29, 285, 65_821] as const

/** A file's bytes, and where its pointers count from. */
export interface DataSection {
  readonly bytes: Buffer
  readonly start: number
}

/**
 * Throws unless the value at `offset` is one that can be decoded in bounded time and memory. The decoder of mmdb-lib itself makes an
 * array as long as a file says, and follows pointers wherever they lead, in circles too (MaxMind DB format 2.0, data section).
 */
export function assertBounded(section: DataSection, offset: number): void {
  walk({ section, valuesLeft: MAX_VALUES, bytesLeft: MAX_BYTES }, offset, 0)
}

interface Walk {
  readonly section: DataSection
  valuesLeft: number
  bytesLeft: number
}

/** Walks over one value and everything in it, and returns the offset behind it. */
function walk(state: Walk, offset: number, depth: number): number {
  const { bytes, start } = state.section
  state.valuesLeft -= 1
  if (state.valuesLeft < 0 || depth > MAX_DEPTH) throw new Error('a record is too large or too deeply nested')
  const control = byteAt(bytes, offset)
  let type = control >> 5
  if (type === POINTER) {
    const length = ((control >> 3) & 3) + 1
    walk(state, start + pointerAt(bytes, offset, control), depth + 1)
    return offset + 1 + length
  }
  let next = offset + 1
  if (type === 0) {
    type = byteAt(bytes, next) + 7
    next += 1
  }
  if (type < 2 || type > LAST_TYPE) throw new Error('a record has a value of unknown type')
  const more = Math.max(0, (control & 31) - 28)
  const size = more === 0 ? control & 31 : (LONG_SIZES[more] as number) + readBytes(bytes, next, more)
  next += more
  if (type === MAP || type === ARRAY)
    return walkInside(state, { offset: next, count: type === MAP ? size * 2 : size, depth })
  if (type === BOOLEAN) return next
  state.bytesLeft -= size
  if (state.bytesLeft < 0 || next + size > bytes.length) throw new Error('a record has a value that is too long')
  return next + size
}

function walkInside(state: Walk, inside: { offset: number; readonly count: number; readonly depth: number }): number {
  // Before anything is walked or made: the count is what the file claims.
  if (inside.count > state.valuesLeft) throw new Error('a record is too large')
  let { offset } = inside
  for (let i = 0; i < inside.count; i += 1) offset = walk(state, offset, inside.depth + 1)
  return offset
}

function pointerAt(bytes: Buffer, offset: number, control: number): number {
  const size = (control >> 3) & 3
  const high = size === 3 ? 0 : (control & 7) * 256 ** (size + 1)
  return high + readBytes(bytes, offset + 1, size + 1) + (POINTER_OFFSETS[size] as number)
}

function readBytes(bytes: Buffer, offset: number, count: number): number {
  let value = 0
  for (let i = 0; i < count; i += 1) value = value * 256 + byteAt(bytes, offset + i)
  return value
}

function byteAt(bytes: Buffer, offset: number): number {
  const byte = bytes[offset]
  if (byte === undefined) throw new Error('a record leads out of the file')
  return byte
}
