import { randomUUID } from 'node:crypto'

const DASH = 45
/** Length of a version 00 `traceparent`: version, trace id (3-34), parent id (36-51) and flags (53-54). */
const LENGTH = 55
// Lower-case hex only (W3C Trace Context 3.2.2).
const HEX = new Uint8Array(256)
for (const digit of '0123456789abcdef') HEX[digit.charCodeAt(0)] = 1

/**
 * The `traceparent` for the backend of a request that came with this one: the same trace and sampling, a parent id of our own.
 * `undefined` when W3C Trace Context forbids what came. A later version is read and answered as version 00 (W3C 3.2.4).
 */
export function continueTrace(traceparent: string): string | undefined {
  if (!isTraceparent(traceparent)) return undefined
  const flags = Number.parseInt(traceparent.slice(53, 55), 16)
  // Bits other than sampled (1) and random-trace-id (2) have no meaning yet and are sent as zero (W3C 3.2.2.5).
  return `00-${traceparent.slice(3, 35)}-${createParentId()}-0${flags & 3}`
}

/** The `traceparent` of a new trace. Not sampled: this gateway records no spans, so it must not claim to. */
export function startTrace(): string {
  return `00-${randomUUID().replaceAll('-', '')}-${createParentId()}-00`
}

function isTraceparent(text: string): boolean {
  const isLengthRight = text.startsWith('00') ? text.length === LENGTH : isLaterVersion(text)
  return (
    isLengthRight &&
    text.charCodeAt(2) === DASH &&
    text.charCodeAt(35) === DASH &&
    text.charCodeAt(52) === DASH &&
    isId(text, 3, 35) &&
    isId(text, 36, 52) &&
    isHex(text, 53, 55)
  )
}

/** Version ff is forbidden; in any other, further fields stand behind a dash. */
function isLaterVersion(text: string): boolean {
  if (text.length > LENGTH && text.charCodeAt(LENGTH) !== DASH) return false
  return isHex(text, 0, 2) && !text.startsWith('ff')
}

function isHex(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i += 1) if (HEX[text.charCodeAt(i)] !== 1) return false
  return true
}

/** Hex digits, not all of them zero. */
function isId(text: string, start: number, end: number): boolean {
  let isZero = true
  for (let i = start; i < end; i += 1) {
    const code = text.charCodeAt(i)
    if (HEX[code] !== 1) return false
    if (code !== 48) isZero = false
  }
  return !isZero
}

/** Sixteen random hex digits: those of a version 4 UUID that are random, because Node draws the bytes of UUIDs in batches. */
function createParentId(): string {
  const uuid = randomUUID()
  return uuid.slice(0, 8) + uuid.slice(28)
}
