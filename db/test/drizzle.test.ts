import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { routes } from '../src/core-tables.ts'
import { createDrizzle, createDrizzleReader, orm, sqliteCore } from '../src/drizzle.ts'
import { coreMigrations, createReader, migrate, openDatabase, resolveRouteIds } from '../src/index.ts'

t.test('the Drizzle schema has the columns that the migrations make', async (t) => {
  const { database } = setUp(t)
  const { name, columns } = sqliteCore.getTableConfig(routes)
  const described = columns.map((column) => [
    column.name,
    column.getSQLType().toUpperCase(),
    column.notNull || column.primary,
  ])
  const made = database.sqlite.prepare('SELECT name, type, "notnull" OR pk FROM pragma_table_info(?)').raw().all(name)
  t.same(
    described,
    (made as [string, string, number][]).map(([column, type, notNull]) => [column, type, notNull === 1]),
  )
})

t.test('a client over the connection reads and writes', async (t) => {
  const { database } = setUp(t)
  const client = createDrizzle(database)
  client.insert(routes).values({ host: 'b.test', createdAt: 5, lastSeenAt: 6 }).run()
  const found = client.select().from(routes).where(orm.eq(routes.host, 'b.test')).all()
  t.match(found, [{ host: 'b.test', createdAt: 5, lastSeenAt: 6 }])
})

t.test('a client over the reader reads', async (t) => {
  const { file } = setUp(t)
  const reader = createReader({ file })
  t.teardown(() => reader.close())
  const client = createDrizzleReader(reader)
  const byHost = (host: string) => client.select({ host: routes.host }).from(routes).where(orm.eq(routes.host, host))
  t.same(await byHost('a.test').all(), [{ host: 'a.test' }])
  t.same(await byHost('a.test').get(), { host: 'a.test' })
  t.equal(await byHost('none.test').get(), undefined)
})

t.test('a client over the reader cannot write', async (t) => {
  const { file } = setUp(t)
  const reader = createReader({ file })
  t.teardown(() => reader.close())
  await t.rejects(createDrizzleReader(reader).delete(routes).run(), { cause: { code: 'DRAWBRIDGE_DB_QUERY' } })
  await t.rejects(createDrizzleReader(reader).delete(routes).returning().all(), {
    cause: { code: 'DRAWBRIDGE_DB_QUERY' },
  })
})

t.test('only drizzle.ts loads drizzle-orm, which costs 240 MiB if it is imported instead of required', async (t) => {
  const folder = join(import.meta.dirname, '../src')
  for (const file of readdirSync(folder)) {
    const imports = readFileSync(join(folder, file), 'utf8').match(/^import (?!type ).*drizzle-orm.*$/gm)
    t.equal(imports, null, file)
  }
})

function setUp(t: Test) {
  const file = join(t.testdir(), 'a.sqlite')
  const database = openDatabase({ file })
  t.teardown(() => database.close())
  migrate(database, coreMigrations)
  resolveRouteIds(database, ['a.test'])
  return { file, database }
}
