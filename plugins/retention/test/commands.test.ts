import t from 'tap'
import { COMMANDS } from '../src/commands.ts'
import { buildRetention, DAY } from './support/build-retention.ts'

function command(name: string) {
  const found = COMMANDS.find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`there is no command ${name}`)
  return found
}

t.test('retention run asks for a run and says how it went', async (t) => {
  const { call, format } = command('retention run')
  t.strictSame(call({ args: [], options: {} }), {
    method: 'POST',
    path: '/api/retention/run',
    body: { dry_run: false },
  })
  t.match(call({ args: [], options: { dryRun: true } }), { body: { dry_run: true } })
  const { run, log, idOf } = buildRetention(t, { routes: { '': {}, 'a.test': {}, 'b.test': false } })
  await log(idOf('a.test'), 8 * DAY)
  const summary = await run()
  t.strictSame(format({ is_dry_run: false, run: summary, due: [], failures: [] }), {
    text: `run 1: done at 2026-07-01T12:00:00Z, 1 records deleted
nothing is ever deleted of: b.test
proofs: drawbridge retention proofs --run 1`,
    exitCode: 0,
  })
  const bad = { ...summary, outcome: 'incomplete', failures: 2, is_compacted: false }
  t.match(format({ run: bad }), { text: /2 parts failed.*\n.*-wal file/, exitCode: 1 })
})

t.test('retention run --dry-run lists what is due', async (t) => {
  const { format } = command('retention run')
  const { service, log, idOf, storage } = buildRetention(t)
  t.strictSame(format({ run: null, ...(await service.countDue()) }), {
    text: 'nothing is due in the database',
    exitCode: 0,
  })
  await log(idOf('a.test'), 8 * DAY)
  await log(0, 8 * DAY)
  await storage.durable([{ sql: 'DROP TABLE audit_rows' }])
  t.match(format({ run: null, ...(await service.countDue()) }), {
    text: /^2 rows are due:\n {2}request_logs {2}a\.test {2}1 rows since 2026-06-23T12:00:00Z, kept 7d\n {2}request_logs {2}\(unknown hosts\).*\n {2}audit_rows {2}cannot be counted/,
    exitCode: 1,
  })
})

t.test('retention status shows rules, the last run and the next', async (t) => {
  const { call, format } = command('retention status')
  t.strictSame(call({ args: [], options: {} }), { method: 'GET', path: '/api/retention' })
  const periods = { access_logs: 7 * DAY, error_logs: DAY, security_logs: DAY, audit_logs: 365 * DAY, metrics: 3_600 }
  const status = {
    schedule: '03:30',
    time_zone: 'UTC',
    next_run_at: 1_782_963_000,
    last_run: null,
    rules: [
      { host: '', state: 'unknown', periods },
      { host: 'gone.test', state: 'former', periods },
      { host: 'lost.test', state: 'waiting', periods: null },
      { host: 'b.test', state: 'configured', periods: null },
    ],
    due: [],
    failures: [],
  }
  t.equal(
    format(status).text,
    `schedule 03:30 UTC, next run 2026-07-02T03:30:00Z
no run yet
kept (access_logs, error_logs, security_logs, audit_logs, metrics):
  (unknown hosts)  7d, 1d, 1d, 365d, 1h
  gone.test (not configured any more)  7d, 1d, 1d, 365d, 1h
  lost.test (not configured at present)  until it has been missing for a week
  b.test  for ever: data_retention is off
nothing is due in the database`,
  )
  t.match(format({ ...status, next_run_at: null }).text, /next run never/)
})

t.test('retention proofs lists them or checks the chain', async (t) => {
  const { call, format } = command('retention proofs')
  t.match(call({ args: [], options: {} }), { path: '/api/retention/proofs?limit=200' })
  t.match(call({ args: [], options: { run: '12' } }), { path: '/api/retention/proofs?limit=200&run=12' })
  t.match(call({ args: [], options: { verify: true } }), { path: '/api/retention/proofs/verify' })
  t.throws(() => call({ args: [], options: { run: 'x' } }), /--run wants the number of a run, not "x"/)
  t.equal(format({ proofs: [] }).text, 'no proofs yet')
  const proof = { sequence: 2, run: 1, time: 1_782_907_200, kind: 'purge', class: 'access_logs', store: 'request_logs' }
  const line = format({ proofs: [{ ...proof, host: 'a.test', deleted: null, outcome: 'interrupted', details: {} }] })
  t.equal(
    line.text,
    '2  2026-07-01T12:00:00Z  run 1 purge  interrupted  access_logs  request_logs  a.test  unknown number deleted',
  )
  const good = { is_valid: true, entries: 3, first_bad: null, reason: null, head: 'abc', unfinished_runs: [7] }
  t.strictSame(format(good), {
    text: 'all 3 proofs are as they were written\nlast hash: abc\ninterrupted and not settled yet: run 7',
    exitCode: 0,
  })
  const bad = { ...good, is_valid: false, first_bad: 4, reason: 'the entry is missing', unfinished_runs: [] }
  t.match(format(bad), { text: /^proof 4 is not right: the entry is missing\n/, exitCode: 1 })
})
