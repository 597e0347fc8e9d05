import { parsePointInTime } from '@drawbridge/plugin-kit'
import { BadTime } from './errors.ts'

/** Seconds since 1970, as `parsePointInTime` reads them. Throws `BadTime`, naming the parameter. */
export function parseTime(name: string, text: string, now: number): number {
  const seconds = parsePointInTime(text, now)
  if (seconds === undefined) throw new BadTime(name, text)
  return seconds
}
