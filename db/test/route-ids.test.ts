import { join } from 'node:path'
import t, { type Test } from 'tap'
import {
  coreMigrations,
  type Database,
  migrate,
  openDatabase,
  resolveRouteIds,
  UNKNOWN_ROUTE_ID,
} from '../src/index.ts'

t.test('gives each host an id of its own, none of them that of unknown hosts', async (t) => {
  const database = openTestDatabase(t)
  const ids = resolveRouteIds(database, ['a.test', 'b.test', '*.c.test', 'a.test'])
  t.same([...ids.keys()], ['a.test', 'b.test', '*.c.test'])
  t.equal(new Set([...ids.values(), UNKNOWN_ROUTE_ID]).size, 4)
  const stored = database.sqlite.prepare('SELECT host, route_id FROM routes WHERE route_id <> ?').raw()
  t.same(new Map(stored.all(UNKNOWN_ROUTE_ID) as [string, number][]), ids)
})

t.test('a host keeps its id over restarts, another order, and being removed and added again', async (t) => {
  const file = join(t.testdir(), 'a.sqlite')
  const before = openTestDatabase(t, file)
  const ids = resolveRouteIds(before, ['a.test', 'b.test'])
  before.close()

  const after = openTestDatabase(t, file)
  resolveRouteIds(after, ['c.test', 'b.test'])
  const again = resolveRouteIds(after, ['b.test', 'a.test'])
  t.equal(again.get('a.test'), ids.get('a.test'))
  t.equal(again.get('b.test'), ids.get('b.test'))
})

t.test('never gives the id of a deleted row to another host', async (t) => {
  const database = openTestDatabase(t)
  const deleted = resolveRouteIds(database, ['a.test']).get('a.test')
  database.sqlite.exec("DELETE FROM routes WHERE host = 'a.test'")
  t.not(resolveRouteIds(database, ['b.test']).get('b.test'), deleted)
})

t.test('notes when a host was first and last configured', async (t) => {
  const database = openTestDatabase(t)
  resolveRouteIds(database, ['a.test'], 1000)
  resolveRouteIds(database, ['a.test'], 2000)
  const row = database.sqlite.prepare("SELECT created_at, last_seen_at FROM routes WHERE host = 'a.test'").get()
  t.same(row, { created_at: 1000, last_seen_at: 2000 })
})

t.test('the row of unknown hosts exists, so that records can be joined', async (t) => {
  const { sqlite } = openTestDatabase(t)
  t.equal(sqlite.prepare('SELECT host FROM routes WHERE route_id = ?').pluck().get(UNKNOWN_ROUTE_ID), '')
})

function openTestDatabase(t: Test, file = join(t.testdir(), 'a.sqlite')): Database {
  const database = openDatabase({ file })
  t.teardown(() => database.close())
  migrate(database, coreMigrations)
  return database
}
