import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { createReader, createWriter, openDatabase, type ReaderOptions } from '../src/index.ts'
import { longQuery } from './fixtures/long-query.ts'

t.test('gives rows as objects or as arrays', async (t) => {
  const { reader } = setUp(t)
  t.same(await reader.all('SELECT n, name FROM a WHERE n < ? ORDER BY n', [2]), [{ n: 1, name: 'one' }])
  t.same(await reader.values('SELECT n, name FROM a ORDER BY n'), [
    [1, 'one'],
    [2, null],
  ])
  t.same(await reader.all('SELECT 1 WHERE 0'), [])
})

t.test('sees what the writer has stored', async (t) => {
  const { file, reader } = setUp(t)
  const writer = createWriter({ file })
  t.teardown(() => writer.close())
  await reader.all('SELECT 1')
  await writer.durable([{ sql: 'INSERT INTO a VALUES (3, ?)', params: ['three'] }])
  t.same(await reader.values('SELECT name FROM a WHERE n = 3'), [['three']])
})

for (const sql of ['DELETE FROM a', 'DELETE FROM a RETURNING n', 'CREATE TABLE b (c)', 'VACUUM']) {
  t.test(`cannot change anything by ${sql}`, async (t) => {
    const { reader } = setUp(t)
    await t.rejects(reader.all(sql), { code: 'DRAWBRIDGE_DB_QUERY', message: /readonly database|only runs queries/ })
    t.same(await reader.values('SELECT count(*) FROM a'), [[2]])
  })
}

t.test('stops a query that takes too long, and answers the others', async (t) => {
  const { reader } = setUp(t, { timeoutMs: 3000 })
  const [long, other] = await Promise.allSettled([reader.all(longQuery), reader.values('SELECT count(*) FROM a')])
  t.match(long, { status: 'rejected', reason: { code: 'DRAWBRIDGE_DB_QUERY_TIMEOUT', message: /3000 ms/ } })
  t.match(other, { status: 'fulfilled', value: [[2]] })
})

t.test('a query that is running does not hold up the end of the process, and ends with it', async (t) => {
  const { file } = setUp(t)
  const program = fileURLToPath(new URL('fixtures/exits-while-querying.ts', import.meta.url))
  const child = spawn(process.execPath, ['--conditions=@drawbridge/source', program, file])
  const [code] = await once(child, 'close')
  t.equal(code, 0, 'closed: nobody holds its standard error any more, the reader neither')
})

t.test('rejects a result with more rows than allowed', async (t) => {
  const { reader } = setUp(t, { maxRows: 1 })
  await t.rejects(reader.all('SELECT n FROM a'), {
    code: 'DRAWBRIDGE_DB_QUERY',
    message: /more than 1 rows: add a LIMIT/,
  })
  t.same(await reader.values('SELECT n FROM a LIMIT 1'), [[1]])
})

t.test('rejects queries beyond the number that may wait', async (t) => {
  const { reader } = setUp(t, { maxPending: 1 })
  const outcomes = await Promise.allSettled([reader.all('SELECT 1'), reader.all('SELECT 2'), reader.all('SELECT 3')])
  t.match(outcomes, [
    { status: 'fulfilled' },
    { status: 'fulfilled' },
    { status: 'rejected', reason: { code: 'DRAWBRIDGE_DB_BUSY' } },
  ])
})

t.test('says what is wrong with a query, and goes on', async (t) => {
  const { reader } = setUp(t)
  await t.rejects(reader.all('SELECT missing FROM a'), {
    message: /no such column: missing/,
    cause: { code: 'SQLITE_ERROR' },
  })
  const unsendable = (() => 1) as unknown as number
  await t.rejects(reader.all('SELECT ?', [unsendable]), { message: /could not be cloned/ })
  t.same(await reader.values('SELECT 1'), [[1]])
})

t.test('rejects queries while there is no file, and answers once there is', async (t) => {
  const file = join(t.testdir(), 'later.sqlite')
  const reader = createReader({ file })
  t.teardown(() => reader.close())
  await t.rejects(reader.all('SELECT 1'), { message: /Cannot open the database .*later\.sqlite/ })
  openDatabase({ file }).close()
  t.same(await reader.values('SELECT 1'), [[1]])
})

t.test('lets its process end when idle, and starts it again', async (t) => {
  const listenersBefore = process.listenerCount('exit')
  const { reader } = setUp(t, { idleMs: 1 })
  await reader.all('SELECT 1')
  while (process.listenerCount('exit') > listenersBefore) await delay(1)
  t.same(await reader.values('SELECT 2'), [[2]])
})

t.test('closing rejects what has not been answered, and all that comes later', async (t) => {
  const { reader } = setUp(t)
  const outcomes = Promise.allSettled([reader.all(longQuery), reader.all('SELECT 1')])
  await reader.close()
  const closed = { status: 'rejected', reason: { code: 'DRAWBRIDGE_DB_CLOSED' } }
  t.match(await outcomes, [closed, closed])
  await t.rejects(reader.all('SELECT 1'), { code: 'DRAWBRIDGE_DB_CLOSED' })
})

function setUp(t: Test, options: Partial<ReaderOptions> = {}) {
  const file = join(t.testdir(), 'a.sqlite')
  const database = openDatabase({ file })
  t.teardown(() => database.close())
  database.sqlite.exec("CREATE TABLE a (n INTEGER, name TEXT); INSERT INTO a VALUES (1, 'one'), (2, NULL)")
  const reader = createReader({ file, ...options })
  t.teardown(() => reader.close())
  return { file, reader }
}
