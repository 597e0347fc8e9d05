import t from 'tap'
import { nextStart } from '../src/schedule.ts'

const at = (text: string) => Date.parse(text)
const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString())

t.test('the next start is the next time of day in the time zone', async (t) => {
  const berlin = { schedule: '03:30', time_zone: 'Europe/Berlin' }
  t.equal(iso(nextStart(berlin, at('2026-07-01T01:29:00Z'))), '2026-07-01T01:30:00.000Z')
  t.equal(iso(nextStart(berlin, at('2026-07-01T01:30:00Z'))), '2026-07-02T01:30:00.000Z', 'never the same one twice')
  t.equal(iso(nextStart(berlin, at('2026-12-01T12:00:00Z'))), '2026-12-02T02:30:00.000Z')
  t.equal(
    iso(nextStart({ schedule: '00:05', time_zone: 'UTC' }, at('2026-07-01T01:00:00Z'))),
    '2026-07-02T00:05:00.000Z',
  )
})

t.test('an hour that summer time skips or repeats costs no day', async (t) => {
  const schedule = { schedule: '02:30', time_zone: 'Europe/Berlin' }
  const starts = [at('2026-03-28T12:00:00Z')]
  for (let day = 0; day < 2; day += 1) starts.push(nextStart(schedule, starts.at(-1) ?? 0) ?? 0)
  t.strictSame(starts.slice(1).map(iso), ['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z'])
  const autumn = nextStart(schedule, at('2026-10-24T12:00:00Z')) ?? 0
  t.equal(iso(nextStart(schedule, autumn)), '2026-10-26T01:30:00.000Z')
})

t.test('a cron expression counts as written', async (t) => {
  const schedule = { schedule: '15 1,13 * * *', time_zone: 'UTC' }
  t.equal(iso(nextStart(schedule, at('2026-07-01T12:00:00Z'))), '2026-07-01T13:15:00.000Z')
  t.equal(nextStart({ schedule: '0 0 31 2 *', time_zone: 'UTC' }, 0), undefined)
})
