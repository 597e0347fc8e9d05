import { formatDuration, type Problem } from '@drawbridge/plugin-kit'
import type { RetentionOptions } from './options.ts'
import { sampleStarts } from './schedule.ts'

const DAY_MS = 86_400_000
const LONGEST_USUAL_ACCESS_MS = 30 * DAY_MS
const SHORTEST_USUAL_AUDIT_MS = 365 * DAY_MS
/** A day with the hour that the end of summer time adds. */
const LONGEST_GAP_MS = DAY_MS + 3_600_000

/** Said where a route switches retention off. */
export const PROBLEMS_WHEN_OFF: readonly Problem[] = [
  {
    severity: 'warning',
    code: 'no-retention',
    path: [],
    message: 'with "data_retention" off nothing is ever deleted here, personal data included',
    hint: 'set long periods instead',
  },
]

/** Refuses schedules that cannot be read, and warns of periods that are hard to justify. */
export function checkRetention(options: RetentionOptions): readonly Problem[] {
  return [...checkTimeZone(options), ...checkSchedule(options), ...checkPeriods(options)]
}

function checkTimeZone({ time_zone }: RetentionOptions): Problem[] {
  if (isTimeZone(time_zone)) return []
  const message = `"time_zone" is no time zone known here: ${time_zone}`
  return [{ severity: 'error', code: 'bad-value', path: ['time_zone'], message, hint: 'write UTC or Europe/Berlin' }]
}

function checkSchedule({ schedule, time_zone }: RetentionOptions): Problem[] {
  const at = { path: ['schedule'], hint: 'write a time of day such as "03:30"' }
  const starts = readStarts({ schedule, time_zone: isTimeZone(time_zone) ? time_zone : 'UTC' })
  if (starts === undefined) {
    const message = `"schedule" is neither a time of day nor a cron expression of five fields: ${schedule}`
    return [{ severity: 'error', code: 'bad-value', message, ...at }]
  }
  const gap = starts.reduce((longest, start, index) => Math.max(longest, start - (starts[index - 1] ?? start)), 0)
  if (starts.length > 1 && gap <= LONGEST_GAP_MS) return []
  const message = '"schedule" leaves more than a day between runs: records stay that much longer than their period'
  return [{ severity: 'warning', code: 'rare-runs', message, ...at }]
}

function checkPeriods({ access_logs, audit_logs }: RetentionOptions): Problem[] {
  const problems: Problem[] = []
  if (access_logs > LONGEST_USUAL_ACCESS_MS) {
    const message = `"access_logs" is ${formatDuration(access_logs)}: for longer than 30d you need a reason that you can name`
    problems.push({ severity: 'warning', code: 'long-retention', path: ['access_logs'], message, hint: '7d is usual' })
  }
  if (audit_logs < SHORTEST_USUAL_AUDIT_MS) {
    const message = `"audit_logs" is ${formatDuration(audit_logs)}: with less than 365d you may not be able to account for what was done`
    problems.push({ severity: 'warning', code: 'short-audit', path: ['audit_logs'], message })
  }
  return problems
}

/** `undefined` where the schedule cannot be read, or no run ever comes. */
function readStarts(schedule: Parameters<typeof sampleStarts>[0]): readonly number[] | undefined {
  try {
    const starts = sampleStarts(schedule)
    return starts.length === 0 ? undefined : starts
  } catch {
    return undefined
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}
