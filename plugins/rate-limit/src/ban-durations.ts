import { parseDuration } from '@drawbridge/plugin-kit'

/** A `ban_duration` as it is written. */
export type WrittenDuration = number | string | readonly (number | string)[]

/** Without a `ban_duration`. */
const DEFAULT_MS = 3_600_000
const LONGEST_MS = 10 * 365 * 86_400_000

/** Milliseconds of the first ban, the second and so on; Infinity is for ever. `undefined` where an entry is none of what may be written. */
export function parseBanDurations(written: WrittenDuration | undefined): readonly number[] | undefined {
  if (written === undefined) return [DEFAULT_MS]
  const parsed = (typeof written === 'object' ? written : [written]).map(parseOne)
  return parsed.every((ms) => ms !== undefined) ? parsed : undefined
}

function parseOne(text: number | string): number | undefined {
  if (text === 'permanent') return Number.POSITIVE_INFINITY
  const ms = parseDuration(text)
  return ms === undefined || ms < 1000 || ms > LONGEST_MS ? undefined : ms
}
