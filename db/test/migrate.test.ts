import { join } from 'node:path'
import t, { type Test } from 'tap'
import { coreMigrations, type Database, type Migration, migrate, openDatabase } from '../src/index.ts'

const first: Migration = { id: '0001-bans', sql: 'CREATE TABLE bans (ip TEXT); CREATE INDEX bans_ip ON bans (ip);' }
const second: Migration = { id: '0002-reason', sql: 'ALTER TABLE bans ADD COLUMN reason TEXT' }

t.test('applies each migration once, in order', async (t) => {
  const database = openTestDatabase(t)
  t.same(migrate(database, { owner: 'bans', migrations: [first] }), ['0001-bans'])
  t.same(migrate(database, { owner: 'bans', migrations: [first, second] }), ['0002-reason'])
  t.same(migrate(database, { owner: 'bans', migrations: [first, second] }), [])
  t.same(columnsOf(database, 'bans'), ['ip', 'reason'])
})

t.test('an owner that comes later gets all of its migrations, however old', async (t) => {
  const database = openTestDatabase(t)
  const newer = [{ id: '2031-01-01-newer', sql: 'CREATE TABLE a (a)' }]
  const older = [
    { id: '2025-01-01-older', sql: 'CREATE TABLE b (a)' },
    { id: '2026-01-01-old', sql: 'ALTER TABLE b ADD COLUMN b' },
  ]
  migrate(database, { owner: 'plugin-a', migrations: newer })
  t.same(migrate(database, { owner: 'plugin-b', migrations: older }), ['2025-01-01-older', '2026-01-01-old'])
})

t.test('applies a migration that was added between older ones', async (t) => {
  const database = openTestDatabase(t)
  const between = { id: '0001-b', sql: 'CREATE TABLE between_them (a)' }
  migrate(database, { owner: 'bans', migrations: [first, second] })
  t.same(migrate(database, { owner: 'bans', migrations: [first, between, second] }), ['0001-b'])
})

t.test('the same id of two owners is two migrations', async (t) => {
  const database = openTestDatabase(t)
  migrate(database, { owner: 'one', migrations: [{ id: '1', sql: 'CREATE TABLE one (a)' }] })
  t.same(migrate(database, { owner: 'two', migrations: [{ id: '1', sql: 'CREATE TABLE two (a)' }] }), ['1'])
})

t.test('refuses an applied migration that was changed, by name, and applies nothing', async (t) => {
  const database = openTestDatabase(t)
  migrate(database, { owner: 'bans', migrations: [first] })
  const changed = { ...first, sql: 'CREATE TABLE bans (ip TEXT, until INTEGER)' }
  t.throws(() => migrate(database, { owner: 'bans', migrations: [changed, second] }), {
    code: 'DRAWBRIDGE_DB_MIGRATION',
    message: /0001-bans of bans was changed/,
  })
  t.same(columnsOf(database, 'bans'), ['ip'])
})

t.test('refuses a database that a newer version has migrated', async (t) => {
  const database = openTestDatabase(t)
  migrate(database, { owner: 'bans', migrations: [first, second] })
  t.throws(() => migrate(database, { owner: 'bans', migrations: [first] }), { message: /0002-reason.*newer version/ })
})

t.test('rolls a failing migration back, keeps those before it, and can be repeated', async (t) => {
  const database = openTestDatabase(t)
  const broken = { id: '0002-reason', sql: 'CREATE TABLE half (a); ALTER TABLE missing ADD COLUMN a' }
  t.throws(() => migrate(database, { owner: 'bans', migrations: [first, broken] }), {
    code: 'DRAWBRIDGE_DB_MIGRATION',
    message: /0002-reason of bans failed and was rolled back: no such table: missing/,
  })
  t.same(columnsOf(database, 'half'), [])
  t.same(migrate(database, { owner: 'bans', migrations: [first, second] }), ['0002-reason'])
})

t.test('refuses two migrations with one id, and an owner that is not in kebab-case', async (t) => {
  const database = openTestDatabase(t)
  t.throws(() => migrate(database, { owner: 'bans', migrations: [first, first] }), { message: /same id/ })
  t.throws(() => migrate(database, { owner: 'bans; --', migrations: [] }), { message: /kebab-case/ })
})

t.test('the core migrations apply to an empty file', async (t) => {
  const database = openTestDatabase(t)
  t.same(
    migrate(database, coreMigrations),
    coreMigrations.migrations.map(({ id }) => id),
  )
})

function openTestDatabase(t: Test): Database {
  const database = openDatabase({ file: join(t.testdir(), 'a.sqlite') })
  t.teardown(() => database.close())
  return database
}

function columnsOf({ sqlite }: Database, table: string): unknown[] {
  return sqlite.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(table)
}
