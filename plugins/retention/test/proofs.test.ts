import type { Storage } from '@drawbridge/plugin-kit'
import t from 'tap'
import { buildRetention, DAY, fakeFileStore, NOON, TABLES, toParts } from './support/build-retention.ts'

const NOW = NOON / 1000

t.test('proofs are chained over runs and check out', async (t) => {
  const { run, log, idOf, service, proofs } = buildRetention(t)
  for (let runs = 0; runs < 3; runs += 1) {
    await log(idOf('a.test'), 8 * DAY)
    await run()
  }
  const rows = await proofs()
  t.strictSame(
    rows.map(({ sequence, run, kind }) => [sequence, run, kind]),
    [1, 4, 7].flatMap((first) => ['begin', 'purge', 'end'].map((kind, index) => [first + index, first, kind])),
  )
  t.strictSame(
    rows.slice(1).map(({ previous_hash }) => previous_hash),
    rows.slice(0, -1).map(({ hash }) => hash),
  )
  t.strictSame(await service.verify(), {
    is_valid: true,
    entries: 9,
    first_bad: null,
    reason: null,
    head: rows.at(-1)?.hash,
    unfinished_runs: [],
  })
})

t.test('the database refuses to change or delete a proof', async (t) => {
  const { run, storage } = buildRetention(t)
  await run()
  await t.rejects(storage.durable([{ sql: 'UPDATE retention_proofs SET deleted = 1' }]), /never changed/)
  await t.rejects(storage.durable([{ sql: 'DELETE FROM retention_proofs' }]), /never deleted/)
})

t.test('every kind of tampering is found, and the first bad entry named', async (t) => {
  const columns = 'time, class, store, route_id, host, period, cutoff, deleted, oldest, newest, outcome, details'
  const cases: readonly (readonly [sql: string, firstBad: number])[] = [
    ...columns.split(', ').map((name) => [`UPDATE retention_proofs SET ${name} = 7 WHERE sequence = 2`, 2] as const),
    ["UPDATE retention_proofs SET kind = 'end' WHERE sequence = 2", 2],
    ['UPDATE retention_proofs SET run = 2 WHERE sequence = 3', 3],
    ["UPDATE retention_proofs SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE sequence = 1", 1],
    ['DELETE FROM retention_proofs WHERE sequence = 1', 1],
    ['DELETE FROM retention_proofs WHERE sequence = 3', 3],
    ['UPDATE retention_proofs SET sequence = sequence + 1 WHERE sequence = 6', 6],
    ['UPDATE retention_proofs SET sequence = CASE sequence WHEN 2 THEN -3 ELSE 2 END WHERE sequence IN (2, 3)', 2],
    [
      `INSERT INTO retention_proofs SELECT sequence + 1, run, time, kind, class, store, route_id, host, period, cutoff, deleted, oldest,
       newest, outcome, details, hash, 'made up' FROM retention_proofs WHERE sequence = 6`,
      7,
    ],
  ]
  const { run, log, idOf, storage, service } = buildRetention(t)
  for (let runs = 0; runs < 2; runs += 1) {
    await log(idOf('a.test'), 8 * DAY)
    await run()
  }
  await storage.durable([
    { sql: 'DROP TRIGGER retention_proofs_no_update' },
    { sql: 'DROP TRIGGER retention_proofs_no_delete' },
    { sql: 'CREATE TABLE untouched AS SELECT * FROM retention_proofs' },
  ])
  for (const [sql, firstBad] of cases) {
    await storage.durable([{ sql }])
    t.match(await service.verify(), { is_valid: false, first_bad: firstBad, entries: firstBad - 1 }, sql)
    await storage.durable([
      { sql: 'DELETE FROM retention_proofs' },
      { sql: 'INSERT INTO retention_proofs SELECT * FROM untouched' },
    ])
  }
  t.match(await service.verify(), { is_valid: true, entries: 6 })
})

t.test('what a crash in the middle of a run had deleted is proved by the next run', async (t) => {
  const { disk, wrapStorage, mend } = makeDisk()
  const { run, insert, idOf, proofs, service, left, audited } = buildRetention(t, { wrapStorage })
  const rows = Array.from({ length: 1_200 }, (_, index) => [NOW - 10 * DAY + index, idOf('a.test'), ''] as const)
  await insert('request_logs', ['timestamp', 'route_id', 'text'], rows)
  // The beginning and two batches.
  disk.writesLeft = 3
  await t.rejects(run(), { statusCode: 503, code: 'DRAWBRIDGE_RETENTION_STORAGE_AWAY', message: /the disk is gone/ })
  t.equal((await left()).length, 200)
  mend()
  t.match(await service.verify(), { is_valid: true, unfinished_runs: [1] }, 'until then it is said')
  t.match(await run(), { outcome: 'done', deleted: 200 })
  t.match(await proofs(), [
    { kind: 'begin', run: 1 },
    { kind: 'purge', run: 1, deleted: 1_000, oldest: NOW - 10 * DAY, newest: NOW - 10 * DAY + 999 },
    { kind: 'end', run: 1, deleted: 1_000, outcome: 'interrupted' },
    { kind: 'begin', run: 4 },
    { kind: 'purge', run: 4, deleted: 200 },
    { kind: 'end', run: 4, deleted: 200, outcome: 'done' },
  ])
  t.match(await service.verify(), { is_valid: true, unfinished_runs: [] })
  t.match(audited, [
    { resourceId: '1', outcome: 'failed' },
    { resourceId: '4', outcome: 'done' },
  ])
})

t.test('files that were being deleted in a crash are proved as not counted', async (t) => {
  const { disk, wrapStorage, mend } = makeDisk()
  const files = fakeFileStore({ 'a.test': [1, 2] })
  const crashing = {
    ...files,
    async purge(rule: Parameters<typeof files.purge>[0]) {
      disk.isGone = files.purged.length === 0
      return files.purge(rule)
    },
  }
  const { run, proofs } = buildRetention(t, {
    plugins: [{ ...TABLES, fileStores: () => [crashing] }],
    wrapStorage,
  })
  await t.rejects(run(), { code: 'DRAWBRIDGE_RETENTION_STORAGE_AWAY' })
  mend()
  await run()
  t.match((await proofs())[1], { kind: 'purge', host: 'a.test', deleted: null, outcome: 'interrupted' })
})

t.test('a gateway that ends in the middle of a run says so in the proof', async (t) => {
  const stop: (() => Promise<void>)[] = []
  const { run, log, idOf, proofs, service, left } = buildRetention(t, {
    wrapStorage: (storage) => ({
      ...toParts(storage),
      all(sql, params) {
        if (sql.includes('"request_logs"')) void stop[0]?.()
        return storage.all(sql, params)
      },
    }),
  })
  stop.push(() => service.stop())
  await log(idOf('a.test'), 8 * DAY)
  await t.rejects(run(), { code: 'DRAWBRIDGE_RETENTION_NOT_RUNNING' })
  t.strictSame(await left(), [], 'the batch under way was still deleted')
  t.match(await proofs(), [{ kind: 'begin' }, { deleted: 1 }, { kind: 'end', outcome: 'interrupted', deleted: 1 }])
  await t.rejects(run(), { code: 'DRAWBRIDGE_RETENTION_NOT_RUNNING' })
})

t.test('more parts than fit into one transaction are all proved', async (t) => {
  const hosts = Array.from({ length: 300 }, (_, index) => `h${index}.test`)
  const { run, insert, idOf, proofs, service } = buildRetention(t, { formerHosts: hosts })
  const rows = hosts.map((host) => [NOW - 8 * DAY, idOf(host), ''] as const)
  await insert('request_logs', ['timestamp', 'route_id', 'text'], rows)
  t.match(await run(), { deleted: 300, outcome: 'done' })
  t.equal(new Set((await proofs()).map(({ host }) => host)).size, 301)
  t.match(await service.verify(), { is_valid: true, entries: 302 })
})

/** A database that can go away, at once or with one of the next writes. */
function makeDisk() {
  const disk = { isGone: false, writesLeft: Number.POSITIVE_INFINITY }
  const wrapStorage = (storage: Storage): Storage => ({
    ...toParts(storage),
    get problem() {
      return disk.isGone ? 'the disk is gone' : undefined
    },
    async durable(writes) {
      disk.writesLeft -= 1
      if (disk.writesLeft < 0) disk.isGone = true
      if (disk.isGone) throw new Error('the disk is gone')
      return storage.durable(writes)
    },
  })
  return {
    disk,
    wrapStorage,
    mend: () => void Object.assign(disk, { isGone: false, writesLeft: Number.POSITIVE_INFINITY }),
  }
}
