import { mkdirSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { DatabaseError, openDatabase } from '../src/index.ts'
import { openConnection } from '../src/open-connection.ts'

t.test('sets write-ahead logging, secure deletion and foreign keys', async (t) => {
  const file = join(t.testdir(), 'a.sqlite')
  const database = openDatabase({ file })
  t.teardown(() => database.close())

  const pragma = (name: string) => database.sqlite.pragma(name, { simple: true })
  t.equal(pragma('journal_mode'), 'wal')
  t.equal(pragma('secure_delete'), 1)
  t.equal(pragma('foreign_keys'), 1)
  t.equal(pragma('busy_timeout'), 5000)
  t.equal(pragma('cache_size'), -2048)
  t.equal(pragma('mmap_size'), 0)
})

const SYNC_NORMAL = 1
const SYNC_FULL = 2
for (const [mode, synchronous] of [
  ['write', SYNC_NORMAL],
  ['durable', SYNC_FULL],
] as const) {
  t.test(`a connection for ${mode} deletes securely and syncs at level ${synchronous}`, async (t) => {
    const file = join(t.testdir(), 'a.sqlite')
    openDatabase({ file }).close()
    const connection = openConnection({ file, mode, cacheKiB: 1024 })
    t.teardown(() => connection.close())

    t.equal(connection.pragma('synchronous', { simple: true }), synchronous)
    t.equal(connection.pragma('secure_delete', { simple: true }), 1)
  })
}

t.test('makes the file, and the files beside it, readable for the owner alone', async (t) => {
  const file = join(t.testdir(), 'a.sqlite')
  const database = openDatabase({ file })
  t.teardown(() => database.close())
  database.sqlite.exec('CREATE TABLE a (b)')

  for (const suffix of ['', '-wal', '-shm']) t.equal(statSync(file + suffix).mode & 0o777, 0o600)
})

t.test('deleted text is no longer in the file', async (t) => {
  const file = join(t.testdir(), 'a.sqlite')
  const database = openDatabase({ file })
  database.sqlite.exec("CREATE TABLE a (b); INSERT INTO a VALUES ('find-me-if-you-can'); DELETE FROM a;")
  database.close()

  const { readFileSync } = await import('node:fs')
  t.notOk(readFileSync(file).includes('find-me-if-you-can'))
})

interface Broken {
  readonly title: string
  readonly make: (file: string) => void
  readonly code: string
  readonly text: RegExp
}

const broken: readonly Broken[] = [
  {
    title: 'a folder',
    make: (file) => void mkdirSync(file),
    code: 'DRAWBRIDGE_DB_CANNOT_OPEN',
    text: /it is a folder\. Give the path of a file/,
  },
  {
    title: 'a garbage file',
    make: (file) => writeFileSync(file, 'no database at all, '.repeat(100)),
    code: 'DRAWBRIDGE_DB_NOT_A_DATABASE',
    text: /not an SQLite database\. .*restore a backup/,
  },
  {
    title: 'a damaged database',
    make: damagedDatabase,
    code: 'DRAWBRIDGE_DB_CORRUPT',
    text: /it is damaged\. .*restore a backup/,
  },
]

for (const { title, make, code, text } of broken) {
  t.test(`says file, cause and remedy for ${title}`, async (t) => {
    const file = join(t.testdir(), 'broken.sqlite')
    make(file)
    const error = openingError(file)
    t.equal(error.code, code)
    t.ok(error.message.includes(file))
    t.match(error.message, text)
    t.type(error.cause, Error)
  })
}

t.test('says that the folder is missing', async (t) => {
  const error = openingError(join(t.testdir(), 'no-such-folder', 'a.sqlite'))
  t.equal(error.code, 'DRAWBRIDGE_DB_CANNOT_OPEN')
  t.match(error.message, /its folder does not exist\. Create .*no-such-folder/)
})

/** A database whose first page has its header, but nonsense where the list of tables begins. */
function damagedDatabase(file: string): void {
  const database = openDatabase({ file })
  database.sqlite.exec('CREATE TABLE a (b)')
  database.close()
  const SIZE_OF_HEADER = 100
  writeSync(openSync(file, 'r+'), Buffer.alloc(400, 0xff), 0, 400, SIZE_OF_HEADER)
}

function openingError(file: string): DatabaseError {
  try {
    openDatabase({ file }).close()
  } catch (error) {
    if (error instanceof DatabaseError) return error
    throw error
  }
  throw new Error(`${file} was opened`)
}
