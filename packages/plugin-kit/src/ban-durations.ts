import { Type } from 'typebox'
import { parseDuration } from './duration.ts'
import type { Problem } from './options.ts'

/** A `ban_duration` as it is written. */
export type BanDuration = number | string | readonly (number | string)[]

const DEFAULT_MS = 3_600_000
const LONGEST_MS = 10 * 365 * 86_400_000
const DESCRIPTION =
  'How long a ban lasts: seconds, a duration, or `permanent`; an hour unless given. A list is for the first ban, the second and so on; its last entry for all further ones.'

const one = () => Type.Union([Type.Number({ minimum: 1 }), Type.String()])

/** The schema of a `ban_duration`. What it lets through is to be checked by `checkBanDuration`. */
export function BanDuration() {
  return Type.Optional(
    Type.Union([Type.Number({ minimum: 1 }), Type.String(), Type.Array(one(), { minItems: 1, maxItems: 10 })], {
      description: DESCRIPTION,
    }),
  )
}

/** Milliseconds of the first ban, the second and so on; Infinity is for ever. `undefined` where an entry is none of what may be written. */
export function parseBanDurations(written: BanDuration | undefined): readonly number[] | undefined {
  if (written === undefined) return [DEFAULT_MS]
  const parsed = (typeof written === 'object' ? written : [written]).map(parseOne)
  return parsed.every((ms) => ms !== undefined) ? parsed : undefined
}

/** Finds a `ban_duration` that cannot be read, or is not from one second to ten years. `path` is that of the options it stands in. */
export function checkBanDuration(written: BanDuration | undefined, path: Problem['path']): Problem[] {
  if (parseBanDurations(written) !== undefined) return []
  return [
    {
      severity: 'error',
      code: 'bad-duration',
      path: [...path, 'ban_duration'],
      message: 'this is no time for which somebody can be banned',
      hint: 'write seconds (3600), a duration (1h, 30d), permanent, or a list of these; at least one second, at most ten years',
    },
  ]
}

function parseOne(text: number | string): number | undefined {
  if (text === 'permanent') return Number.POSITIVE_INFINITY
  const ms = parseDuration(text)
  return ms === undefined || ms < 1000 || ms > LONGEST_MS ? undefined : ms
}
