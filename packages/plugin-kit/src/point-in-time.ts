import { parseDuration } from './duration.ts'

/**
 * Whole seconds since 1970 of `2026-11-22`, `2026-11-22T18:00:00Z`, `1763800000` or `24h` (ago; `now` in milliseconds). `undefined` for
 * what is no time.
 */
export function parsePointInTime(text: string, now: number): number | undefined {
  const seconds = readSeconds(text.trim(), now)
  return Number.isFinite(seconds) ? Math.floor(seconds) : undefined
}

function readSeconds(text: string, now: number): number {
  if (/^\d{9,11}$/.test(text)) return Number(text)
  if (/^\d{4}-\d\d-\d\d/.test(text)) return Date.parse(text) / 1000
  const ago = /[a-z]$/.test(text) ? parseDuration(text) : undefined
  return ago === undefined ? Number.NaN : (now - ago) / 1000
}
