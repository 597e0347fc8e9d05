import { resolveOptions } from '@drawbridge/plugin-kit'
import t from 'tap'
import { checkRetention } from '../src/check-retention.ts'
import { plugin } from '../src/index.ts'
import { DEFAULT_OPTIONS, RetentionOptions } from '../src/options.ts'

const DAY_MS = 86_400_000

function check(raw: Record<string, unknown>) {
  const resolution = resolveOptions(RetentionOptions, raw)
  return 'value' in resolution ? checkRetention(resolution.value) : resolution.problems
}

t.test("the requirement's snippets load as written, without a warning", async (t) => {
  const panel = { access_logs: '7d', error_logs: '30d', security_logs: '90d', audit_logs: '365d', metrics: '30d' }
  const vault = { access_logs: '30d', error_logs: '90d', security_logs: '365d', metrics: '90d' }
  for (const raw of [panel, vault]) t.strictSame(check(raw), [])
  const resolution = resolveOptions(RetentionOptions, vault)
  t.match('value' in resolution ? resolution.value : {}, {
    access_logs: 30 * DAY_MS,
    security_logs: 365 * DAY_MS,
    audit_logs: 365 * DAY_MS,
  })
})

t.test('without a word access logs stay a week and audit logs a year', async (t) => {
  t.match(DEFAULT_OPTIONS, {
    access_logs: 7 * DAY_MS,
    error_logs: 30 * DAY_MS,
    security_logs: 90 * DAY_MS,
    audit_logs: 365 * DAY_MS,
    metrics: 30 * DAY_MS,
    schedule: '03:30',
    time_zone: 'UTC',
  })
})

t.test('periods that are hard to justify are warned of', async (t) => {
  t.match(check({ access_logs: '31d' }), [{ severity: 'warning', code: 'long-retention', path: ['access_logs'] }])
  t.match(check({ audit_logs: '364d' }), [{ severity: 'warning', code: 'short-audit', path: ['audit_logs'] }])
  t.match(check({ access_logs: '59m' }), [{ severity: 'error', path: ['access_logs'] }])
})

t.test('a schedule that cannot be read is refused, a rare one warned of', async (t) => {
  for (const schedule of ['24:00', 'daily', '61 3 * * *', '0 0 31 2 *', '0 30 3 * * *'])
    t.match(check({ schedule }), [{ severity: 'error', code: 'bad-value', path: ['schedule'] }], schedule)
  for (const schedule of ['00:00', '23:59', '*/30 * * * *', '15 1,13 * * *'])
    t.strictSame(check({ schedule, time_zone: 'Europe/Berlin' }), [], schedule)
  for (const schedule of ['0 3 * * 1', '0 3 1 * *', '0 3 1 1 *'])
    t.match(check({ schedule }), [{ severity: 'warning', code: 'rare-runs', path: ['schedule'] }], schedule)
  t.match(check({ time_zone: 'Europe/Nowhere' }), [{ severity: 'error', path: ['time_zone'] }])
})

t.test('to switch it off is warned of', async (t) => {
  t.match(plugin.problemsWhenOff, [{ severity: 'warning', code: 'no-retention' }])
})
