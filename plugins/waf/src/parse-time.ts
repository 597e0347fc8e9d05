import { parseDuration } from '@drawbridge/plugin-kit'
import { BadTime } from './errors.ts'

/** Seconds since 1970 of `2026-11-22`, `2026-11-22T18:00:00Z`, `1763800000` or `24h` (ago; `now` in milliseconds). Throws `BadTime`, naming the parameter. */
export function parseTime(name: string, text: string, now: number): number {
  const seconds = readTime(text.trim(), now)
  if (!Number.isFinite(seconds)) throw new BadTime(name, text)
  return Math.floor(seconds)
}

function readTime(text: string, now: number): number {
  if (/^\d{9,11}$/.test(text)) return Number(text)
  if (/^\d{4}-\d\d-\d\d/.test(text)) return Date.parse(text) / 1000
  const ago = /[a-z]$/.test(text) ? parseDuration(text) : undefined
  return ago === undefined ? Number.NaN : (now - ago) / 1000
}
