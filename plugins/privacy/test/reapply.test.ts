import { appendFileSync, copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { addRequests, countRows, NOW, startInstallation, type TestInstallation } from './support/installation.ts'

const ADDRESS = '203.0.113.45'
const YEAR = 365 * 86_400

t.test('an older copy of the database is erased again as soon as it is there', async (t) => {
  const { folder, copy } = await eraseBehindCopy(t)
  restore(copy, folder)
  const second = await startInstallation(t, { folder })
  await settled(second)
  t.strictSame(
    (await second.storage.all('SELECT path FROM request_logs ORDER BY path')).map(({ path }) => path),
    ['/somebody'],
    'by pseudonym, by request id, and the rows that text had found',
  )
  t.match(second.logged, [
    'the database knew nothing of some erasures (interrupted, or an older copy came back): they were done again',
  ])
  t.equal(
    second.audit.filter(({ action }) => action === 'privacy_reapply').length,
    6,
    'each is announced and accounted for',
  )
  const { receipts } = (await second.app.inject('/api/privacy/receipts')).json()
  t.strictSame(receipts.map(({ reapplied }: { reapplied: { count: number } }) => reapplied.count).sort(), [1, 1, 2])
  t.match(receipts[0].subject.fingerprint, /^[0-9a-f]{24}$/)
})

t.test('a database that knows of all erasures is left alone', async (t) => {
  const { folder } = await eraseBehindCopy(t)
  const second = await startInstallation(t, { folder })
  await settled(second)
  t.strictSame(second.audit, [])
  t.strictSame((await second.app.inject({ method: 'POST', url: '/api/privacy/reapply' })).json(), {
    erasures: 0,
    count: 0,
  })
})

t.test('a row that has the key of an erased one, but not its time, stays', async (t) => {
  const { folder, copy } = await eraseBehindCopy(t)
  restore(copy, folder)
  const list = join(folder, 'privacy/erasures.jsonl')
  const moved = readFileSync(list, 'utf8').replaceAll(`,${NOW - 60}]`, `,${NOW - 61}]`)
  writeFileSync(list, moved)
  const second = await startInstallation(t, { folder })
  await settled(second)
  t.equal(await countRows(second.storage, 'request_logs', "path LIKE '%jane%'"), 2)
})

t.test('what is remembered names nobody', async (t) => {
  const { folder } = await eraseBehindCopy(t)
  const list = readFileSync(join(folder, 'privacy/erasures.jsonl'), 'utf8')
  t.notMatch(list, ADDRESS)
  t.notMatch(list, /jane/i)
})

t.test('half a line, as a crash leaves it, costs no other entry', async (t) => {
  const { folder, copy } = await eraseBehindCopy(t)
  appendFileSync(join(folder, 'privacy/erasures.jsonl'), '{"id":"half')
  const second = await startInstallation(t, { folder })
  await addRequests(second.storage, [{ client: 'a', requestId: 'another' }])
  await erase(second, { request_ids: ['another'] })
  restore(copy, folder)
  const list = readFileSync(join(folder, 'privacy/erasures.jsonl'), 'utf8')
  t.equal(list.split('\n').filter((line) => line.includes('"at":')).length, 4)
  t.ok(list.includes('\n{"id":'), 'the next entry has a line of its own')
})

t.test('an erasure that stopped on the way is done to its end within the hour', async (t) => {
  const installation = await startInstallation(t)
  const { store, storage, pseudonyms, clock } = installation
  const { erase: eraseFiles } = store
  store.records = [{ pseudonym: pseudonyms.of(ADDRESS) }]
  store.erase = () => Promise.reject(new Error('the file is locked'))
  await addRequests(storage, [{ client: '203.0.113.xxx', pseudonym: pseudonyms.of(ADDRESS) }])
  await erase(installation, { ip: ADDRESS })
  t.strictSame([await countRows(storage, 'request_logs'), store.records.length], [0, 1])
  store.erase = eraseFiles
  clock.advance(3_600_000)
  await settled(installation)
  t.strictSame(store.records, [])
  t.match(installation.audit.at(-1), { action: 'privacy_reapply', outcome: 'done', after: { count: 1 } })
})

t.test('entries go when no copy can hold the rows any more: after the longest retention', async (t) => {
  const installation = await startInstallation(t)
  const list = join(installation.folder, 'privacy/erasures.jsonl')
  await erase(installation, { ip: ADDRESS })
  installation.clock.advance(YEAR * 1000 - 1000)
  await installation.app.inject({ method: 'POST', url: '/api/privacy/reapply' })
  t.not(readFileSync(list, 'utf8'), '')
  installation.clock.advance(1000)
  await installation.app.inject({ method: 'POST', url: '/api/privacy/reapply' })
  t.equal(readFileSync(list, 'utf8'), '')
})

/** Erases by address, text and request id; a copy of the database is from before. */
async function eraseBehindCopy(t: Parameters<typeof startInstallation>[0]) {
  const installation = await startInstallation(t)
  const { storage, pseudonyms, folder } = installation
  await addRequests(storage, [
    { client: '203.0.113.xxx', pseudonym: pseudonyms.of(ADDRESS), path: '/of-address' },
    { client: '198.51.100.xxx', path: '/of/jane@example.org' },
    { client: '198.51.100.xxx', path: '/too/Jane@example.org' },
    { client: '198.51.100.xxx', path: '/of-request', requestId: 'one-request' },
    { client: '198.51.100.xxx', path: '/somebody' },
  ])
  await storage.compact()
  const copy = join(folder, '..', `${folder.split('/').at(-1)}-copy.db`)
  copyFileSync(join(folder, 'drawbridge.db'), copy)
  t.teardown(() => rmSync(copy, { force: true }))
  for (const body of [{ ip: ADDRESS }, { text: 'jane@example.org' }, { request_ids: ['one-request'] }])
    await erase(installation, body)
  await storage.close()
  return { folder, copy }
}

/** As a restore does it: what the newer database left beside its file must not come back with the older one. */
function restore(copy: string, folder: string): void {
  for (const suffix of ['-wal', '-shm']) rmSync(join(folder, `drawbridge.db${suffix}`), { force: true })
  copyFileSync(copy, join(folder, 'drawbridge.db'))
}

async function erase({ app }: TestInstallation, payload: object): Promise<void> {
  await app.inject({ method: 'POST', url: '/api/privacy/erasure', payload })
}

/** The endpoint waits its turn behind the re-application of the start. */
async function settled({ app }: TestInstallation): Promise<void> {
  await app.inject({ method: 'POST', url: '/api/privacy/reapply' })
}
