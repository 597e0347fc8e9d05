import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { erase, get, post } from './support/calls.ts'
import {
  addRequests,
  countRows,
  filesWith,
  NOW,
  route,
  startInstallation,
  type TestInstallation,
} from './support/installation.ts'

const DAY = 86_400
const TODAY = Math.floor(NOW / DAY)
const ADDRESS = '203.0.113.45'

t.test('erases an address in every table and file, by its pseudonyms and as it is', async (t) => {
  const installation = await startInstallation(t)
  await fill(installation)
  const { body, status } = await erase(installation, { ip: ADDRESS })
  t.equal(status, 200)
  t.match(body, { count: 6, dry_run: false, is_compacted: true, subject: { kind: 'ip' }, actor: { name: 'eva' } })
  t.strictSame(
    body.places.map(({ name, action, count }: Place) => [name, action, count]),
    [
      ['request_logs', 'deleted', 2],
      ['bans', 'kept', 1],
      ['log_payloads', 'cleared', 1],
      ['log_limits', 'deleted', 2],
      ['privacy_erasures', 'kept', 0],
      ['privacy_breaches', 'kept', 0],
      ['privacy_breach_notes', 'kept', 0],
      ['log files', 'deleted', 1],
    ],
  )
  t.match(body.places[1], { reason: 'A ban has to outlast an erasure.' })
  t.strictSame(body.pseudonym_days, ['2026-11-21', '2026-11-22'])
  t.match(body.notes, [/2 days \(UTC\), 2026-11-21 to 2026-11-22/])
  const { storage } = installation
  t.equal(await countRows(storage, 'request_logs'), 1, 'the neighbour stays')
  t.equal(await countRows(storage, 'log_payloads'), 2, 'cleared rows stay')
  t.equal(await countRows(storage, 'bans'), 1)
  t.equal(installation.store.records.length, 1)
  t.notMatch(JSON.stringify(body), ADDRESS)
  t.match((await erase(installation, { ip: ADDRESS })).body, { count: 0 }, 'and nothing is found a second time')
})

t.test('leaves nothing of the address in any file of the data folder', async (t) => {
  const installation = await startInstallation(t)
  await addRequests(installation.storage, [
    { client: ADDRESS, pseudonym: installation.pseudonyms.of(ADDRESS), path: `/from/${ADDRESS}` },
    { client: '198.51.100.1', pseudonym: 'other' },
  ])
  const pseudonym = installation.pseudonyms.of(ADDRESS)
  t.not(filesWith(installation.folder, ADDRESS).length, 0)
  await erase(installation, { ip: ADDRESS })
  t.strictSame(filesWith(installation.folder, ADDRESS), [])
  t.strictSame(
    filesWith(installation.folder, pseudonym).map((file) => file.slice(installation.folder.length)),
    ['/privacy/erasures.jsonl'],
    'the pseudonym is only where it is found again after a restore',
  )
  t.equal(statSync(join(installation.folder, 'privacy/erasures.jsonl')).mode & 0o777, 0o600)
})

t.test('a dry run counts the same and changes nothing', async (t) => {
  const installation = await startInstallation(t)
  await fill(installation)
  const { body } = await erase(installation, { ip: ADDRESS, dry_run: true })
  t.match(body, { count: 6, dry_run: true, is_compacted: false })
  t.equal(await countRows(installation.storage, 'request_logs'), 3)
  t.equal(installation.store.records.length, 2)
  t.equal(await countRows(installation.storage, 'privacy_erasures'), 0)
  t.throws(() => readFileSync(join(installation.folder, 'privacy/erasures.jsonl')))
  t.match(installation.audit, [
    { action: 'privacy_erasure', after: { dry_run: true } },
    { outcome: 'done', after: { dry_run: true, count: 6 } },
  ])
})

t.test('more rows than a batch and a page go too, and the receipt counts them', async (t) => {
  const installation = await startInstallation(t)
  const pseudonym = installation.pseudonyms.of(ADDRESS)
  const rows = Array.from({ length: 5_203 }, (_, index) => ({
    client: '203.0.113.xxx',
    pseudonym: index % 2 === 0 ? pseudonym : 'somebody',
  }))
  await addRequests(installation.storage, rows)
  const { body } = await erase(installation, { ip: ADDRESS })
  t.equal(body.count, 2_602)
  t.equal(await countRows(installation.storage, 'request_logs'), 2_601)
})

t.test('what is in the queue of the storage is erased too', async (t) => {
  const installation = await startInstallation(t)
  const { storage } = installation
  const table = storage.insertInto('request_logs', ['timestamp', 'route_id', 'request_id', 'status', 'client', 'path'])
  storage.enqueue(table, [NOW, 1, 'x', 200, ADDRESS, '/'])
  t.match((await erase(installation, { ip: ADDRESS })).body, { count: 1 })
})

t.test('says where addresses are masked and no pseudonym is stored', async (t) => {
  const routes = [route(['a.example'], 1, { logging: { mask: true, pseudonyms: false } }), route([], 0)]
  const installation = await startInstallation(t, { routes })
  const { body } = await erase(installation, { ip: ADDRESS })
  t.match(body.notes[1], 'Records of a.example are stored without pseudonyms')
  t.equal(body.notes.length, 2)
})

t.test('is entered in the audit log before and after, without the address', async (t) => {
  const installation = await startInstallation(t)
  await fill(installation)
  const { body } = await erase(installation, { ip: ADDRESS })
  t.match(installation.audit, [
    {
      action: 'privacy_erasure',
      actor: { name: 'eva' },
      resourceType: 'personal_data',
      resourceId: body.id,
      notes: 'asked for',
    },
    { action: 'privacy_erasure', outcome: 'done', after: { count: 6, fingerprint: body.subject.fingerprint } },
  ])
  t.notMatch(JSON.stringify(installation.audit), ADDRESS)
})

t.test('does nothing that the audit log does not take', async (t) => {
  const installation = await startInstallation(t, { append: () => Promise.reject(new Error('disk full')) })
  await addRequests(installation.storage, [{ client: ADDRESS }])
  for (const url of ['/api/privacy/erasure', '/api/privacy/access']) {
    const { status, body } = await post(installation, url, { ip: ADDRESS })
    t.equal(status, 503)
    t.match(body, { code: 'DRAWBRIDGE_PRIVACY_NOT_ACCOUNTED' })
  }
  t.equal(await countRows(installation.storage, 'request_logs'), 1)
})

t.test('an erasure that stops on the way says so, and the audit log has it', async (t) => {
  const installation = await startInstallation(t)
  installation.store.erase = () => Promise.reject(new Error('the file is locked'))
  const { status, body } = await erase(installation, { ip: ADDRESS })
  t.equal(status, 500)
  t.match(body, { code: 'DRAWBRIDGE_PRIVACY_ERASURE_INCOMPLETE' })
  t.match(installation.audit[1], { outcome: 'failed' })
})

t.test('receipts are listed newest first and read one by one', async (t) => {
  const installation = await startInstallation(t)
  const ids: string[] = []
  for (const ip of ['203.0.113.1', '203.0.113.2', '203.0.113.3']) {
    ids.unshift((await erase(installation, { ip })).body.id)
    installation.clock.advance(1000)
  }
  const first = await get(installation, '/api/privacy/receipts?limit=2')
  t.strictSame(
    first.body.receipts.map(({ id }: { id: string }) => id),
    ids.slice(0, 2),
  )
  const second = await get(installation, `/api/privacy/receipts?limit=2&cursor=${first.body.next_cursor}`)
  t.strictSame(
    second.body.receipts.map(({ id }: { id: string }) => id),
    ids.slice(2),
  )
  t.equal(second.body.next_cursor, null)
  t.match((await get(installation, `/api/privacy/receipts/${ids[1]}`)).body, { id: ids[1] })
  t.equal((await get(installation, '/api/privacy/receipts/nope')).status, 404)
})

interface Place {
  readonly name: string
  readonly action: string
  readonly count: number
}

/** Two days of the address and one row of a neighbour, in every table and file. */
async function fill({ storage, pseudonyms, store }: TestInstallation): Promise<void> {
  await addRequests(storage, [
    { client: '203.0.113.xxx', pseudonym: pseudonyms.on(TODAY, ADDRESS) },
    { client: '203.0.113.xxx', pseudonym: pseudonyms.on(TODAY - 1, ADDRESS) },
    { client: '203.0.113.xxx', pseudonym: pseudonyms.of('203.0.113.46') },
  ])
  await storage.durable([
    { sql: `INSERT INTO bans VALUES (?, 1)`, params: [ADDRESS] },
    {
      sql: `INSERT INTO log_payloads (timestamp, address, note) VALUES (1, ?, 'x'), (1, '203.0.113.46', 'y')`,
      params: [ADDRESS],
    },
    {
      sql: `INSERT INTO log_limits VALUES (?, 'a', 1, 1), (?, 'b', 1, 1), ('203.0.113.46', 'a', 1, 1)`,
      params: [ADDRESS, ADDRESS],
    },
  ])
  store.records = [{ pseudonym: pseudonyms.of(ADDRESS) }, { pseudonym: 'somebody' }]
}
