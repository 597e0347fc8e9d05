import t from 'tap'
import { RowQueue } from '../src/row-queue.ts'

t.test('fills batches across tables in the order of arrival', async (t) => {
  const queue = new RowQueue({ maxQueuedRows: 100, batchRows: 3 })
  const a = queue.register('a', ['x'])
  const b = queue.register('b', ['y'])
  for (const value of [1, 2]) queue.push(a, [value])
  queue.push(b, [3])
  queue.push(a, [4])
  queue.seal()

  t.same(queue.shift(), {
    rowCount: 3,
    inserts: [
      { sql: 'INSERT INTO "a" ("x") VALUES (?)', rows: [[1], [2]] },
      { sql: 'INSERT INTO "b" ("y") VALUES (?)', rows: [[3]] },
    ],
  })
  t.same(queue.shift(), { rowCount: 1, inserts: [{ sql: 'INSERT INTO "a" ("x") VALUES (?)', rows: [[4]] }] })
  t.equal(queue.shift(), undefined)
})

t.test('refuses rows beyond its bound until rows under way are settled', async (t) => {
  const queue = new RowQueue({ maxQueuedRows: 2, batchRows: 2 })
  const table = queue.register('a', ['x'])
  t.same(
    [1, 2, 3].map((value) => queue.push(table, [value])),
    [true, true, false],
  )

  const batch = queue.shift()
  t.equal(queue.push(table, [4]), false, 'under way still counts')
  if (batch !== undefined) queue.settle(batch)
  t.equal(queue.push(table, [5]), true)
  t.equal(queue.queued, 1)
})

t.test('a second registration of a table gives the same handle', async (t) => {
  const queue = new RowQueue({ maxQueuedRows: 2, batchRows: 2 })
  t.equal(queue.register('a', ['x', 'y']), queue.register('a', ['x', 'y']))
  t.not(queue.register('a', ['x', 'y']), queue.register('a', ['x']))
})

t.test('says what is wrong with a row or a handle', async (t) => {
  const queue = new RowQueue({ maxQueuedRows: 2, batchRows: 2 })
  const table = queue.register('a', ['x', 'y'])
  t.throws(() => queue.push(table, [1]), { message: 'A row for a has 1 values, but 2 columns: x, y.' })
  t.throws(() => queue.push({ table: 'b', columns: ['x'] }, [1]), { message: /handle "b" is of another writer/ })
  t.throws(() => queue.register('a', []), { message: /at least one column/ })
})

t.test('quotes names, so that a name can be any word', async (t) => {
  const queue = new RowQueue({ maxQueuedRows: 2, batchRows: 2 })
  t.equal(queue.sqlOf(queue.register('order', ['a"b'])), 'INSERT INTO "order" ("a""b") VALUES (?)')
})
