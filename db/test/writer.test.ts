import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { createWriter, type Database, migrate, openDatabase, type Row, type WriterOptions } from '../src/index.ts'

t.test('writes rows of several tables once they are flushed', async (t) => {
  const { database, writer } = setUp(t)
  const numbers = writer.insertInto('numbers', ['n', 'name'])
  const blobs = writer.insertInto('blobs', ['content'])
  t.equal(writer.enqueue(numbers, [1, 'one']), true)
  t.equal(writer.enqueue(numbers, [2, null]), true)
  t.equal(writer.enqueue(blobs, [new Uint8Array([1, 2])]), true)
  await writer.flush()

  t.same(rowsOf(database, 'SELECT n, name FROM numbers'), [
    [1, 'one'],
    [2, null],
  ])
  t.same(rowsOf(database, 'SELECT hex(content) FROM blobs'), [['0102']])
  t.same(writer.stats(), { queued: 0, written: 3, dropped: 0, failed: 0, lastError: undefined })
})

t.test('writes rows without being asked, after the flush interval', async (t) => {
  const { database, writer } = setUp(t, { flushIntervalMs: 1 })
  writer.enqueue(writer.insertInto('numbers', ['n']), [7])
  while (writer.stats().written === 0) await new Promise((resolve) => setImmediate(resolve))
  t.same(rowsOf(database, 'SELECT n FROM numbers'), [[7]])
})

t.test('drops and counts what does not fit into the queue', async (t) => {
  const { database, writer } = setUp(t, { maxQueuedRows: 10, batchRows: 4 })
  const numbers = writer.insertInto('numbers', ['n'])
  const taken = Array.from({ length: 15 }, (_, n) => writer.enqueue(numbers, [n]))
  t.same(taken, [...Array(10).fill(true), ...Array(5).fill(false)])
  t.match(writer.stats(), { queued: 10, dropped: 5 })

  await writer.flush()
  t.match(writer.stats(), { queued: 0, written: 10, dropped: 5 })
  t.same(rowsOf(database, 'SELECT count(*) FROM numbers'), [[10]])
})

t.test('a row that cannot be stored is counted, and costs no other row', async (t) => {
  const { database, writer } = setUp(t)
  const numbers = writer.insertInto('numbers', ['n'])
  const missing = writer.insertInto('missing', ['n'])
  const rows: unknown[][] = [[1], ['not a number'], [true], [{}], [2]]
  for (const row of rows) writer.enqueue(numbers, row as unknown as Row)
  writer.enqueue(missing, [3])
  await writer.flush()

  t.same(rowsOf(database, 'SELECT n FROM numbers'), [[1], [2]])
  t.match(writer.stats(), { written: 2, failed: 4, lastError: /no such table: missing/ })
})

t.test('waits for another connection that holds the lock', async (t) => {
  const { database, writer } = setUp(t)
  const numbers = writer.insertInto('numbers', ['n'])
  database.sqlite.exec('BEGIN IMMEDIATE')
  writer.enqueue(numbers, [1])
  const flushed = writer.flush()
  const durable = writer.durable([{ table: numbers, rows: [[2]] }])
  database.sqlite.exec('COMMIT')
  await Promise.all([flushed, durable])
  t.same(rowsOf(database, 'SELECT n FROM numbers ORDER BY n'), [[1], [2]])
})

t.test(
  'without a usable file, rows are counted as failed and durable writes rejected; both work once it is there',
  async (t) => {
    const file = join(t.testdir(), 'later.sqlite')
    const writer = createWriter({ file })
    t.teardown(() => writer.close())
    const numbers = writer.insertInto('numbers', ['n'])
    writer.enqueue(numbers, [1])
    await t.rejects(writer.durable([{ table: numbers, rows: [[2]] }]), {
      code: 'DRAWBRIDGE_DB_WRITE',
      message: /Cannot open the database .*later\.sqlite/,
      cause: { code: 'DRAWBRIDGE_DB_CANNOT_OPEN' },
    })
    await writer.flush()
    t.match(writer.stats(), { written: 0, failed: 1, queued: 0, lastError: /Cannot open the database/ })

    const database = openTestDatabase(t, file)
    writer.enqueue(numbers, [3])
    await writer.flush()
    t.same(await writer.durable([{ table: numbers, rows: [[4]] }]), [1])
    t.same(rowsOf(database, 'SELECT n FROM numbers'), [[3], [4]])
  },
)

t.test('a durable write makes all of its changes and says how many rows each changed', async (t) => {
  const { database, writer } = setUp(t)
  const numbers = writer.insertInto('numbers', ['n'])
  const changes = await writer.durable([
    { table: numbers, rows: [[1], [2], [3]] },
    { sql: 'DELETE FROM numbers WHERE n > ?', params: [1] },
    { sql: 'UPDATE numbers SET name = NULL' },
  ])
  t.same(changes, [3, 2, 1])
  t.same(rowsOf(database, 'SELECT n FROM numbers'), [[1]])
})

t.test('a durable write that fails changes nothing and rejects with the cause', async (t) => {
  const { database, writer } = setUp(t)
  const numbers = writer.insertInto('numbers', ['n'])
  const write = writer.durable([
    { table: numbers, rows: [[1]] },
    { sql: 'INSERT INTO numbers (n) VALUES (?)', params: ['x'] },
  ])
  await t.rejects(write, { code: 'DRAWBRIDGE_DB_WRITE', cause: { code: 'SQLITE_CONSTRAINT_DATATYPE' } })
  t.same(rowsOf(database, 'SELECT n FROM numbers'), [])
  t.same(await writer.durable([{ table: numbers, rows: [[2]] }]), [1], 'the next one works')
})

t.test('a durable write is synced to disk before it is acknowledged', async (t) => {
  const { database, writer } = setUp(t)
  await writer.durable([{ sql: 'INSERT INTO numbers (n) SELECT synchronous FROM pragma_synchronous' }])
  const FULL = 2
  t.same(rowsOf(database, 'SELECT n FROM numbers'), [[FULL]])
})

t.test('a durable write does not wait behind a long queue', async (t) => {
  const { writer } = setUp(t, { batchRows: 100 })
  const numbers = writer.insertInto('numbers', ['n'])
  for (let n = 0; n < 20_000; n++) writer.enqueue(numbers, [n])
  await writer.durable([{ table: numbers, rows: [[-1]] }])
  t.ok(writer.stats().queued > 10_000, 'most of the queue is still waiting')
})

t.test('rejects durable writes beyond a thousand pending ones', async (t) => {
  const writer = createWriter({ file: join(t.testdir(), 'missing.sqlite') })
  t.teardown(() => writer.close())
  const writes = Array.from({ length: 1001 }, () => writer.durable([{ sql: 'SELECT 1' }]))
  const outcomes = await Promise.allSettled(writes)
  const codes = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'fulfilled'))
  t.same([codes[999], codes[1000]], ['DRAWBRIDGE_DB_WRITE', 'DRAWBRIDGE_DB_BUSY'])
})

t.test('closing writes what is queued; later rows are dropped and durable writes rejected', async (t) => {
  const { database, writer } = setUp(t)
  const numbers = writer.insertInto('numbers', ['n'])
  for (let n = 0; n < 1234; n++) writer.enqueue(numbers, [n])
  await Promise.all([writer.close(), writer.close()])

  t.same(rowsOf(database, 'SELECT count(*) FROM numbers'), [[1234]])
  t.equal(writer.enqueue(numbers, [1]), false)
  t.match(writer.stats(), { written: 1234, dropped: 1 })
  await t.rejects(writer.durable([{ sql: 'SELECT 1' }]), { code: 'DRAWBRIDGE_DB_CLOSED' })
})

t.test('a writer that was never used closes, and flushing nothing resolves', async (t) => {
  const writer = createWriter({ file: join(t.testdir(), 'none.sqlite') })
  await writer.flush()
  await writer.close()
  t.match(writer.stats(), { written: 0 })
})

for (const used of ['rows-only', 'everything']) {
  t.test(`a process that has nothing else to do ends without closing anything (used: ${used})`, async (t) => {
    const program = fileURLToPath(new URL('fixtures/ends-by-itself.ts', import.meta.url))
    const args = ['--conditions=@drawbridge/source', program, join(t.testdir(), 'a.sqlite'), used]
    const child = spawn(process.execPath, args, { stdio: 'inherit' })
    const [code] = await once(child, 'exit')
    t.equal(code, 0)
  })
}

function setUp(t: Test, options: Partial<WriterOptions> = {}) {
  const file = join(t.testdir(), 'a.sqlite')
  const database = openTestDatabase(t, file)
  const writer = createWriter({ file, ...options })
  t.teardown(() => writer.close())
  return { database, writer }
}

function openTestDatabase(t: Test, file: string): Database {
  const database = openDatabase({ file })
  t.teardown(() => database.close())
  const sql = 'CREATE TABLE numbers (n INTEGER, name TEXT) STRICT; CREATE TABLE blobs (content BLOB) STRICT'
  migrate(database, { owner: 'test', migrations: [{ id: '1', sql }] })
  return database
}

function rowsOf({ sqlite }: Database, sql: string): unknown[] {
  return sqlite.prepare(sql).raw().all()
}
