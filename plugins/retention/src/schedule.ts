import { Cron } from 'croner'
import type { RetentionOptions } from './options.ts'

/** When runs start. */
export type Schedule = Pick<RetentionOptions, 'schedule' | 'time_zone'>

const TIME_OF_DAY = /^([01]\d|2[0-3]):([0-5]\d)$/

/** The first start after `after`; both are milliseconds since the epoch. `undefined` where none ever comes. Throws for a schedule that cannot be read. */
export function nextStart(schedule: Schedule, after: number): number | undefined {
  return toCron(schedule).nextRun(new Date(after))?.getTime()
}

/** The starts of the first ten weeks of a year, in milliseconds: enough to see the gaps of a weekly and a monthly schedule. */
export function sampleStarts(schedule: Schedule): readonly number[] {
  return toCron(schedule)
    .nextRuns(70, new Date(Date.UTC(2026, 0, 1)))
    .map((date) => date.getTime())
}

/** Without a function croner sets no timer: it only computes. */
function toCron({ schedule, time_zone }: Schedule): Cron {
  const [, hour, minute] = TIME_OF_DAY.exec(schedule) ?? []
  const pattern = hour === undefined ? schedule : `${Number(minute)} ${Number(hour)} * * *`
  return new Cron(pattern, { timezone: time_zone, mode: '5-part' })
}
