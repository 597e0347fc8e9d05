import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStorage, type ManagedStorage } from '@drawbridge/db'
import Sqlite from 'better-sqlite3'
import t from 'tap'

const notes = { owner: 'notes', migrations: [{ id: '0001', sql: 'CREATE TABLE notes (text TEXT NOT NULL) STRICT' }] }

t.test('makes folder and file, tables and route ids, and stores at once', async (t) => {
  const { storage, problems } = open(t, join(makeFolder(t), 'data/test.db'))
  t.equal(storage.problem, undefined)
  storage.enterHosts(['a.example', 'b.example'])
  t.strictSame(
    [storage.routeIdOf('a.example'), storage.routeIdOf('b.example'), storage.routeIdOf('c.example')],
    [1, 2, 0],
  )
  const table = storage.insertInto('notes', ['text'])
  t.ok(storage.enqueue(table, ['one']))
  await storage.flush()
  await storage.durable([{ table, rows: [['two']] }])
  t.strictSame(await storage.all('SELECT text FROM notes ORDER BY text'), [{ text: 'one' }, { text: 'two' }])
  t.strictSame(problems, [])
})

t.test('a damaged file is said, drops and refuses, and is taken back once it is replaced', async (t) => {
  const file = join(makeFolder(t), 'test.db')
  writeFileSync(file, 'this is no database, but it is long enough to be taken for one '.repeat(20))
  const { storage, problems, tick } = open(t, file)
  const ready: string[] = []
  storage.onReady(() => ready.push('ready'))
  storage.enterHosts(['a.example'])
  const table = storage.insertInto('notes', ['text'])
  t.match(storage.problem, /not an SQLite database/)
  t.equal(storage.enqueue(table, ['lost']), false)
  t.equal(storage.stats().dropped, 1)
  await t.rejects(storage.durable([{ table, rows: [['lost']] }]), {
    code: 'DRAWBRIDGE_DB_UNAVAILABLE',
    message: /Nothing can be stored now.*not an SQLite database/,
  })
  await t.rejects(storage.all('SELECT 1'), { code: 'DRAWBRIDGE_DB_UNAVAILABLE' })
  tick()
  t.strictSame(ready, [], 'the retry finds it as it was')
  rmSync(file)
  tick()
  t.equal(storage.problem, undefined)
  t.strictSame(ready, ['ready'])
  t.equal(storage.routeIdOf('a.example'), 1, 'the hosts were not forgotten')
  t.ok(await storage.durable([{ table, rows: [['kept']] }]))
  t.match(problems, [/not an SQLite database/, undefined])
})

t.test("another process's lock costs no waiting and ends with it", async (t) => {
  const file = join(makeFolder(t), 'test.db')
  const { storage, tick } = open(t, file)
  storage.enterHosts(['a.example'])
  const other = new Sqlite(file)
  t.teardown(() => other.close())
  other.exec('BEGIN IMMEDIATE')
  storage.enterHosts(['a.example', 'b.example'])
  t.match(storage.problem, /another process holds it/)
  t.equal(storage.routeIdOf('a.example'), 1, 'what was known stays known')
  t.strictSame(await storage.all('SELECT count(*) AS n FROM notes'), [{ n: 0 }], 'reading goes on')
  other.exec('ROLLBACK')
  tick()
  t.equal(storage.problem, undefined)
  t.not(storage.routeIdOf('b.example'), 0)
})

t.test('a write that fails because of itself is no problem of the storage', async (t) => {
  const { storage } = open(t, join(makeFolder(t), 'test.db'))
  const table = storage.insertInto('notes', ['text'])
  await t.rejects(storage.durable([{ table, rows: [[null]] }]), /NOT NULL/)
  t.equal(storage.problem, undefined)
})

t.test('a file that is moved away or replaced under it is noticed, and the new one taken', async (t) => {
  const folder = makeFolder(t)
  const file = join(folder, 'test.db')
  const { storage, problems, tick } = open(t, file)
  const table = storage.insertInto('notes', ['text'])
  await storage.durable([{ table, rows: [['old']] }])
  for (const ending of ['', '-wal', '-shm']) renameSync(file + ending, join(folder, `moved${ending}`))
  tick()
  t.match(problems, [/moved, deleted or replaced/, undefined])
  await storage.durable([{ table, rows: [['new']] }])
  t.strictSame(await storage.all('SELECT text FROM notes'), [{ text: 'new' }])
})

t.test('deleted text is in no file after compact', async (t) => {
  const folder = makeFolder(t)
  const { storage } = open(t, join(folder, 'test.db'))
  const table = storage.insertInto('notes', ['text'])
  await storage.durable([{ table, rows: Array.from({ length: 400 }, (_, i) => [`needle ${i} ${'x'.repeat(200)}`]) }])
  t.ok(contains(folder, 'needle'), 'it was there')
  await storage.durable([{ sql: 'DELETE FROM notes' }])
  await storage.compact()
  t.notOk(contains(folder, 'needle'))
})

interface Teardown {
  teardown(action: () => unknown): void
}

function makeFolder(t: Teardown): string {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-storage-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function open(t: Teardown, file: string): { storage: ManagedStorage; problems: (string | undefined)[]; tick(): void } {
  const problems: (string | undefined)[] = []
  let tick = () => {}
  const storage = createStorage({
    file,
    migrations: [notes],
    every(_ms, action) {
      tick = action
      return () => {}
    },
    onChange: (problem) => problems.push(problem),
  })
  t.teardown(() => storage.close())
  return { storage, problems, tick: () => tick() }
}

function contains(folder: string, text: string): boolean {
  return readdirSync(folder).some((name) => readFileSync(join(folder, name)).includes(text))
}
