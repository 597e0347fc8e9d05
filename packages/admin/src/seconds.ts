import type { Clock } from '@drawbridge/plugin-kit'

/** Seconds since 1970, as the tables have them. */
export function secondsNow(clock: Clock): number {
  return Math.floor(clock.wallNow() / 1000)
}

/** ISO 8601 in UTC, as the API shows times. */
export function showTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}
