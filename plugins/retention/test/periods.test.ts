import t from 'tap'
import { buildRetention, DAY, fakeFileStore, NOON, TABLES } from './support/build-retention.ts'

const NOW = NOON / 1000

t.test(
  'each route keeps its own period; unknown hosts, former hosts and rows of no route keep that of defaults',
  async (t) => {
    const { run, log, left, idOf, proofs } = buildRetention(t, {
      routes: { '': { access_logs: '3d' }, 'a.test': { access_logs: '7d' }, 'b.test': { access_logs: '30d' } },
      formerHosts: ['gone.test'],
    })
    for (const days of [2, 4, 8, 31]) {
      for (const host of ['a.test', 'b.test', 'gone.test']) await log(idOf(host), days * DAY, `${host} ${days}`)
      for (const [routeId, name] of [
        [0, 'unknown'],
        [null, 'none'],
        [999, 'deleted'],
      ] as const)
        await log(routeId, days * DAY, `${name} ${days}`)
    }
    t.match(await run(), { outcome: 'done', deleted: 15, failures: 0, off_hosts: [], is_compacted: true })
    t.strictSame(await left(), [
      'a.test 2',
      'a.test 4',
      'b.test 2',
      'b.test 4',
      'b.test 8',
      'deleted 2',
      'gone.test 2',
      'none 2',
      'unknown 2',
    ])
    const purges = (await proofs()).filter(({ kind }) => kind === 'purge')
    t.strictSame(
      purges
        .map(({ host, route_id, period, deleted }) => [host, route_id, Number(period) / DAY, deleted])
        .sort((a, b) => String(a[0]).localeCompare(String(b[0])) || Number(a[1]) - Number(b[1])),
      [
        ['', 0, 3, 3],
        ['', 999, 3, 3],
        ['a.test', idOf('a.test'), 7, 2],
        ['b.test', idOf('b.test'), 30, 1],
        ['gone.test', idOf('gone.test'), 3, 3],
        [null, null, 3, 3],
      ],
    )
    const ofPanel = purges.find(({ host }) => host === 'a.test')
    t.match(ofPanel, { class: 'access_logs', store: 'request_logs', cutoff: NOW - 7 * DAY })
    t.match(ofPanel, { oldest: NOW - 31 * DAY, newest: NOW - 8 * DAY, outcome: 'done' })
  },
)

t.test('any name of a route may be the one that its rows were made under', async (t) => {
  const { run, log, left, idOf, live } = buildRetention(t, {
    routes: { '': { access_logs: '1d' }, 'www.test': { access_logs: '7d' }, 'apex.test': {} },
  })
  const [general, www] = live.routes
  if (general === undefined || www === undefined) throw new Error('the routes are missing')
  live.routes = [general, { ...www, hosts: ['www.test', 'apex.test'] }]
  await log(idOf('apex.test'), 2 * DAY, 'apex')
  await run()
  t.strictSame(await left(), ['apex'])
})

t.test('a host that has just gone, perhaps by a mistake in its file, keeps its records for a week', async (t) => {
  const files = fakeFileStore({ 'vault.test': [1] })
  const { run, log, left, idOf, live, clock } = buildRetention(t, {
    routes: { '': { access_logs: '3d' }, 'a.test': {}, 'vault.test': { access_logs: '90d' } },
    plugins: [{ ...TABLES, fileStores: () => [files] }],
  })
  await log(idOf('vault.test'), 30 * DAY, 'vault')
  clock.advance(5 * DAY * 1000)
  await run()
  t.strictSame(files.purged, [`vault.test ${NOW - 85 * DAY}`])
  live.routes = live.routes.filter(({ hosts }) => hosts[0] !== 'vault.test')
  for (const days of [1, 5]) {
    clock.advance(days * DAY * 1000)
    t.match(await run(), { deleted: 0, off_hosts: [], waiting_hosts: ['vault.test'] })
  }
  t.strictSame(await left(), ['vault'])
  clock.advance(DAY * 1000)
  t.match(await run(), { deleted: 1, waiting_hosts: [] })
  t.equal(files.purged.length, 2)
})

t.test('rows exactly as old as the period are kept', async (t) => {
  const { run, log, left, idOf } = buildRetention(t)
  await log(idOf('a.test'), 7 * DAY, 'kept')
  await log(idOf('a.test'), 7 * DAY + 1, 'deleted')
  await run()
  t.strictSame(await left(), ['kept'])
})

t.test('a table without a route column follows defaults, a condition bounds what is deleted', async (t) => {
  const table = TABLES.tables?.[1]
  if (table?.retention === undefined) throw new Error('the table is missing')
  const retention = { ...table.retention, condition: "text <> 'ban'" }
  const { run, insert, left, proofs } = buildRetention(t, {
    routes: { '': { audit_logs: '10d' } },
    plugins: [{ ...TABLES, tables: [{ ...table, retention }] }],
  })
  await insert(
    'audit_rows',
    ['at', 'text'],
    [
      [NOW - 11 * DAY, 'old'],
      [NOW - 11 * DAY, 'ban'],
      [NOW - 9 * DAY, 'new'],
    ],
  )
  t.match(await run(), { deleted: 1 })
  t.strictSame(await left('audit_rows'), ['ban', 'new'])
  t.match((await proofs())[1], { store: 'audit_rows', class: 'audit_logs', route_id: null, host: null, deleted: 1 })
})

t.test('with retention off nothing of the route is deleted, and the proof says so', async (t) => {
  const files = fakeFileStore({ 'a.test': [1], 'b.test': [1], '': [1] })
  const { run, log, left, idOf } = buildRetention(t, {
    routes: { '': false, 'a.test': false, 'b.test': {} },
    plugins: [{ ...TABLES, fileStores: () => [files] }],
  })
  for (const host of ['a.test', 'b.test', '']) await log(idOf(host), 500 * DAY, host)
  t.match(await run(), { deleted: 2, off_hosts: ['', 'a.test'], outcome: 'done' })
  t.strictSame(await left(), ['', 'a.test'])
  t.strictSame(files.purged, [`b.test ${NOW - 7 * DAY}`])
})

t.test('files of every host are deleted by the same rules, and proved', async (t) => {
  const files = fakeFileStore({ 'a.test': [NOW - 8 * DAY, NOW - DAY], 'gone.test': [NOW - 8 * DAY], '': [NOW] })
  const { run, proofs, idOf } = buildRetention(t, {
    routes: { '': { access_logs: '3d' }, 'a.test': {} },
    plugins: [{ ...TABLES, fileStores: () => [files] }],
  })
  t.match(await run(), { deleted: 2, outcome: 'done' })
  t.strictSame(files.purged, [`a.test ${NOW - 7 * DAY}`, `gone.test ${NOW - 3 * DAY}`, ` ${NOW - 3 * DAY}`])
  const purges = (await proofs()).filter(({ kind }) => kind === 'purge')
  t.match(purges, [
    { store: 'access-log files', host: 'a.test', route_id: idOf('a.test'), deleted: 1, oldest: NOW - 8 * DAY },
    { store: 'access-log files', host: 'gone.test', route_id: null, deleted: 1 },
  ])
  t.equal(purges.length, 2, 'where there was nothing to delete there is no proof')
})
