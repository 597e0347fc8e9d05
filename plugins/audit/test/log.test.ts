import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { plainRedactor, type Storage } from '@drawbridge/plugin-kit'
import t from 'tap'
import { buildAudit, entryOf, NOON } from './support/build-audit.ts'

t.test('an entry is in the requirement’s columns, and chained', async (t) => {
  const { log, rows } = buildAudit(t)
  await log.append(entryOf({ resourceId: 'x', before: { b: 1, a: 2 }, after: { a: 3 }, notes: 'why' }))
  t.strictSame(await rows('SELECT * FROM audit_log'), [
    {
      audit_id: 1,
      timestamp: NOON / 1000,
      user: 'ada',
      action: 'ban_add',
      resource_type: 'ban',
      resource_id: 'x',
      old_value: '{"a":2,"b":1}',
      new_value: '{"a":3}',
      source: 'dashboard',
      notes: 'why',
    },
  ])
  t.match(await log.verify(), { fault: undefined, entries: 1 })
})

t.test('entries that come at once get numbers in their order, in one chain', async (t) => {
  const { log, rows } = buildAudit(t)
  await Promise.all(Array.from({ length: 250 }, (_, index) => log.append(entryOf({ notes: String(index) }))))
  const notes = (await rows('SELECT notes FROM audit_log ORDER BY audit_id')).map((row) => Number(row.notes))
  t.strictSame(
    notes,
    Array.from({ length: 250 }, (_, index) => index),
  )
  t.match(await log.verify(), { fault: undefined, entries: 250 })
})

t.test('everything passes the redactor, and addresses are masked', async (t) => {
  const redactor = {
    ...plainRedactor,
    text: (text: string) => text.replaceAll('secret', '•'),
    address: () => '203.0.113.xxx',
  }
  const { log, rows } = buildAudit(t, { redactor })
  await log.append(entryOf({ before: { deep: ['a secret'] }, after: 'secret', notes: 'the secret' }))
  const [row] = await rows(
    'SELECT old_value, new_value, notes, address FROM audit_payloads JOIN audit_persons USING (sequence)',
  )
  t.strictSame(row, {
    old_value: '{"deep":["a •"]}',
    new_value: '"•"',
    notes: 'the •',
    address: '203.0.113.xxx',
  })
})

t.test('texts that a database gives back changed make no false alarm', async (t) => {
  const { log } = buildAudit(t)
  for (const notes of ['\ud800 half a pair', 'nul \u0000 inside', '\u2028 é 😀 \u007f', `${'x'.repeat(8191)}😀`, ''])
    await log.append(entryOf({ notes, before: { [notes]: notes }, resourceId: notes }))
  t.match(await log.verify(), { fault: undefined, entries: 5 })
})

t.test('an entry that cannot be stored is refused, and those after it are not harmed', async (t) => {
  let isBroken = false
  const wrapStorage = (storage: Storage): Storage => ({
    ...bind(storage),
    durable: (writes) => (isBroken ? Promise.reject(new Error('disk full')) : storage.durable(writes)),
  })
  const { log } = buildAudit(t, { wrapStorage })
  await log.append(entryOf())
  isBroken = true
  await t.rejects(log.append(entryOf()), { code: 'DRAWBRIDGE_AUDIT_AWAY', cause: { message: 'disk full' } })
  isBroken = false
  await log.append(entryOf())
  t.match(await log.verify(), { fault: undefined, entries: 2 })
})

t.test('a write whose answer was lost is not made twice', async (t) => {
  let isLost = false
  const wrapStorage = (storage: Storage): Storage => ({
    ...bind(storage),
    async durable(writes) {
      const changes = await storage.durable(writes)
      if (isLost) throw new Error('the thread ended')
      return changes
    },
  })
  const { log } = buildAudit(t, { wrapStorage })
  await log.append(entryOf())
  isLost = true
  await log.append(entryOf())
  isLost = false
  t.match(await log.verify(), { fault: undefined, entries: 2 })
})

t.test('what has happened already waits for the storage; what has not is refused', async (t) => {
  let problem: string | undefined = 'the disk is full'
  const ready: (() => void)[] = []
  const wrapStorage = (storage: Storage): Storage => ({
    ...bind(storage),
    get problem() {
      return problem
    },
    onReady: (listener) => void ready.push(listener),
  })
  const { log, rows, lines } = buildAudit(t, { wrapStorage })
  await log.append(entryOf({ actor: { kind: 'system', name: 'gateway' }, action: 'gateway_started' }))
  await t.rejects(log.append(entryOf()), { code: 'DRAWBRIDGE_AUDIT_AWAY', statusCode: 503 })
  t.ok(lines.includes('an entry of the audit log waits for the database'))
  problem = undefined
  for (const listener of ready) listener()
  await log.append(entryOf())
  t.match(await rows('SELECT action FROM audit_log ORDER BY audit_id'), [
    { action: 'gateway_started' },
    { action: 'ban_add' },
  ])
})

t.test('no more than 1,000 entries wait', async (t) => {
  const wrapStorage = (storage: Storage): Storage => ({ ...bind(storage), problem: 'away', onReady() {} })
  const { log, lines } = buildAudit(t, { wrapStorage })
  for (let index = 0; index < 1002; index += 1)
    await log.append(entryOf({ actor: { kind: 'file', name: 'files' }, action: 'config_reload' }))
  t.equal(lines.filter((line) => line.includes('waits for')).length, 1000)
  t.equal(lines.filter((line) => line.includes('too many wait')).length, 2)
})

t.test('switched off, nothing is entered but that it was', async (t) => {
  const { log, live, rows } = buildAudit(t)
  await log.append(entryOf())
  live.routes = [{ hosts: [], routeId: 0, options: {} }]
  await log.append(entryOf({ action: 'config_reload' }))
  await log.append(entryOf({ action: 'not_entered' }))
  t.match(await rows('SELECT action FROM audit_log ORDER BY audit_id'), [
    { action: 'ban_add' },
    { action: 'config_reload' },
  ])
})

t.test('checkpoints are signed every so many entries, once a day, and at the end', async (t) => {
  const audit = buildAudit(t)
  const { log, clock, rows, events } = audit
  const points = async () => (await rows('SELECT sequence FROM audit_checkpoints')).map(({ sequence }) => sequence)
  for (let index = 0; index < 11; index += 1) await log.append(entryOf())
  t.strictSame(await points(), [10])
  clock.advance(86_400_000)
  await log.append(entryOf())
  t.strictSame(await points(), [10, 11], 'a day later, of what happened before')
  clock.advance(3 * 86_400_000)
  await log.verify()
  t.strictSame(await points(), [10, 11, 12], 'and none where nothing happened')
  t.match(
    events.filter(({ name }) => name === 'audit_checkpoint').map(({ facts }) => facts.sequence),
    [10, 11, 12],
  )
  await log.append(entryOf())
  await audit.close()
  const again = buildAudit(t, { folder: audit.folder })
  t.match(await again.log.verify(), { fault: undefined, entries: 13, checkpoints: 4 })
})

t.test('key and anchor are files that nobody else may read', async (t) => {
  const { log, folder, anchorFile } = buildAudit(t)
  await log.append(entryOf())
  for (const file of [anchorFile, join(folder, 'keys/audit.key')]) t.equal(statSync(file).mode & 0o777, 0o600)
  const [first, second] = readFileSync(anchorFile, 'utf8').split('\n')
  t.match(JSON.parse(first ?? ''), { entry: 1, hash: /^[0-9a-f]{64}$/ })
  t.strictSame(JSON.parse(second ?? ''), { stored: 1 })
})

t.test('the database itself refuses to change, delete or replace entries', async (t) => {
  const { log, host } = buildAudit(t)
  await log.append(entryOf())
  await log.append(entryOf())
  const refused = [
    "UPDATE audit_chain SET hash = 'x'",
    'DELETE FROM audit_chain',
    "UPDATE audit_payloads SET notes = 'x'",
    'DELETE FROM audit_payloads',
    'DELETE FROM audit_persons WHERE sequence = 2',
    "INSERT OR REPLACE INTO audit_persons (sequence, salt, name) VALUES (2, '', 'eve')",
    "INSERT INTO audit_chain VALUES (3, 0, 'entry', '', '', NULL, 'wrong', '')",
    'INSERT OR REPLACE INTO audit_chain SELECT * FROM audit_chain WHERE sequence = 2',
  ]
  for (const sql of refused) await t.rejects(host.storage.durable([{ sql }]), { code: 'DRAWBRIDGE_DB_WRITE' }, sql)
  t.match(await log.verify(), { fault: undefined, entries: 2 })
})

/** A storage whose methods can be spread over: a class's cannot. */
function bind(storage: Storage): Storage {
  return {
    problem: undefined,
    insertInto: storage.insertInto.bind(storage),
    enqueue: storage.enqueue.bind(storage),
    durable: storage.durable.bind(storage),
    all: storage.all.bind(storage),
    flush: storage.flush.bind(storage),
    compact: storage.compact.bind(storage),
    stats: storage.stats.bind(storage),
    onReady: storage.onReady.bind(storage),
  }
}
