import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { noPseudonyms } from '@drawbridge/plugin-kit'
import t from 'tap'
import { buildRetention, DAY, fakeFileStore, NOON, TABLES, toParts } from './support/build-retention.ts'

const NOW = NOON / 1000

t.test('many rows go in batches of 500, with a pause after each', async (t) => {
  const batches: number[] = []
  const { run, insert, proofs, pauses, idOf } = buildRetention(t, {
    wrapStorage: (storage) => ({
      ...toParts(storage),
      async durable(writes) {
        const changes = await storage.durable(writes)
        if (writes.some((write) => 'sql' in write && write.sql.startsWith('DELETE FROM "request_logs"')))
          batches.push(changes[0] ?? 0)
        return changes
      },
    }),
  })
  const old = Array.from({ length: 1234 }, (_, index) => [NOW - 10 * DAY + index, idOf('a.test'), `${index}`] as const)
  for (let first = 0; first < old.length; first += 500)
    await insert('request_logs', ['timestamp', 'route_id', 'text'], old.slice(first, first + 500))
  t.match(await run(), { deleted: 1234 })
  t.strictSame(batches, [500, 500, 234])
  t.equal(pauses.length, 3)
  t.match((await proofs())[1], { deleted: 1234, oldest: NOW - 10 * DAY, newest: NOW - 10 * DAY + 1233 })
})

t.test('while the writer has much to do the next batch waits', async (t) => {
  let queued = 5_000
  const { run, log, pauses, idOf } = buildRetention(t, {
    wrapStorage: (storage) => ({
      ...toParts(storage),
      stats: () => {
        queued -= 1_000
        return { ...storage.stats(), queued }
      },
    }),
  })
  await log(idOf('a.test'), 8 * DAY)
  await run()
  t.strictSame(pauses, [20, 100, 100])
})

t.test('what fails is reported and proved, and the rest goes on', async (t) => {
  const missing = { ...TABLES.tables?.[0], name: 'not_there' } as NonNullable<typeof TABLES.tables>[number]
  const broken = {
    ...fakeFileStore({}),
    name: 'broken files',
    routeHosts: () => Promise.reject(new Error('the folder cannot be read')),
  }
  const half = { ...fakeFileStore({ 'a.test': [1] }), purge: () => Promise.reject(new Error('the file is locked')) }
  const { run, log, left, idOf, proofs, lines, service } = buildRetention(t, {
    plugins: [{ tables: [missing], fileStores: () => [broken, half] }, TABLES],
  })
  await log(idOf('a.test'), 8 * DAY)
  t.match(await run(), { outcome: 'incomplete', deleted: 1, failures: 3 })
  t.strictSame(await left(), [])
  const failed = (await proofs()).filter(({ outcome }) => outcome === 'failed')
  t.match(failed, [
    { store: 'not_there', host: null, deleted: 0, details: /no such table/ },
    { store: 'broken files', details: /the folder cannot be read/ },
    { store: 'access-log files', host: 'a.test', details: /the file is locked/ },
  ])
  t.match(lines, ['old records could not be deleted'])
  t.match(await service.countDue(), { failures: [{ store: 'not_there', error: /no such table/ }] })
})

t.test('rows that a trigger keeps are a failure, not an endless run', async (t) => {
  const { run, log, idOf, storage } = buildRetention(t)
  await log(idOf('a.test'), 8 * DAY)
  await storage.durable([{ sql: 'CREATE TRIGGER keep BEFORE DELETE ON request_logs BEGIN SELECT RAISE(IGNORE); END' }])
  t.match(await run(), { outcome: 'incomplete', failures: 1, deleted: 0 })
})

t.test('what was deleted is in no file of the data folder any more', async (t) => {
  const { run, insert, folder, idOf, left } = buildRetention(t)
  const rows = Array.from({ length: 400 }, (_, index) => {
    const isOld = index % 2 === 0
    return [NOW - (isOld ? 8 : 1) * DAY, idOf('a.test'), `${isOld ? 'MARKER-OLD' : 'MARKER-NEW'}-${index}`.repeat(20)]
  })
  await insert('request_logs', ['timestamp', 'route_id', 'text'], rows)
  t.ok(bytesOf(folder).includes('MARKER-OLD'), 'it was there before')
  await run()
  t.equal((await left()).length, 200)
  t.notOk(bytesOf(folder).includes('MARKER-OLD'), 'and is gone now')
  t.ok(bytesOf(folder).includes('MARKER-NEW'), 'what is kept is there')
})

t.test('files that cannot be compacted make the run incomplete, and the next one tries again', async (t) => {
  let failures = 5
  const { run, log, idOf, lines, pauses } = buildRetention(t, {
    wrapStorage: (storage) => ({
      ...toParts(storage),
      async compact() {
        failures -= 1
        if (failures >= 0) throw new Error('a query is still reading')
        await storage.compact()
      },
    }),
  })
  await log(idOf('a.test'), 8 * DAY)
  t.match(await run(), { outcome: 'incomplete', is_compacted: false, deleted: 1 })
  t.equal(pauses.filter((ms) => ms === 2_000).length, 4)
  t.match(lines, [/still be in the -wal file/])
  t.match(await run(), { outcome: 'done', is_compacted: true, deleted: 0 })
})

t.test('keys of pseudonyms are forgotten once no row can carry them', async (t) => {
  const forgotten: number[] = []
  const pseudonyms = {
    ...noPseudonyms,
    forget: async (before: number) => {
      forgotten.push(before)
      return 2
    },
  }
  const routes = { '': { access_logs: '3d' }, 'a.test': { access_logs: '20d' } }
  t.match(await buildRetention(t, { pseudonyms, routes }).run(), { forgotten_keys: 2 })
  t.strictSame(forgotten, [NOW - 20 * DAY], 'the longest period counts')
  await buildRetention(t, { pseudonyms, routes: { ...routes, 'b.test': false } }).run()
  t.equal(forgotten.length, 1, 'where rows are never deleted the keys stay')
  const failing = buildRetention(t, { pseudonyms, routes })
  await failing.storage.durable([{ sql: 'DROP TABLE request_logs' }])
  await failing.run()
  t.equal(forgotten.length, 1, 'where rows could not be deleted they stay, too')
})

t.test('every run is audited and announced, in whose name it was made', async (t) => {
  const { run, log, idOf, audited, events, proofs } = buildRetention(t)
  await log(idOf('a.test'), 8 * DAY)
  const { proof } = await run()
  t.match(audited, [
    {
      actor: { kind: 'user', name: 'ada' },
      source: 'api',
      address: '192.0.2.7',
      action: 'retention_purge',
      resourceType: 'personal_data',
      resourceId: '1',
      outcome: 'done',
      after: { run: 1, deleted: 1, failures: 0, proof: { sequence: 3, hash: proof } },
    },
  ])
  t.match(events, [{ name: 'retention_completed', facts: { run: 1, outcome: 'done', deleted: 1, failures: 0 } }])
  t.notMatch(JSON.stringify(await proofs()), /ada|192\.0\.2/, 'proofs have no personal data')
})

t.test('a second run has to wait for the first', async (t) => {
  const { run } = buildRetention(t)
  const first = run()
  await t.rejects(run(), { statusCode: 409, code: 'DRAWBRIDGE_RETENTION_UNDER_WAY' })
  t.match(await first, { outcome: 'done', deleted: 0 })
  t.match(await run(), { run: 3 }, 'a run without anything to delete has two proofs')
})

function bytesOf(folder: string): string {
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'latin1'))
    .join('\n')
}
