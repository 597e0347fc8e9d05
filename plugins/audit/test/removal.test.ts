import type { Subject } from '@drawbridge/plugin-kit'
import t from 'tap'
import { buildAudit, entryOf, NOON } from './support/build-audit.ts'

const NOBODY: Subject = { cidrs: [], pseudonyms: [], text: '', requestIds: [] }
const DAY = 86_400

t.test('a person is erased by name, and what they did stays', async (t) => {
  const { log, store, rows } = buildAudit(t)
  await log.append(entryOf())
  await log.append(entryOf({ actor: { kind: 'user', name: 'bob' } }))
  t.equal(await store.erase({ ...NOBODY, text: 'ADA' }), 1)
  t.match(await rows('SELECT user, action FROM audit_log ORDER BY audit_id'), [
    { user: '[erased]', action: 'ban_add' },
    { user: 'bob', action: 'ban_add' },
    { user: 'audit', action: 'audit_erased' },
  ])
  t.match(await log.verify(), { fault: undefined, entries: 3 })
  t.equal(await store.erase({ ...NOBODY, text: 'ada' }), 0, 'there is nothing left')
})

t.test('what names the person is erased with who did it', async (t) => {
  const { log, store, rows } = buildAudit(t)
  await log.append(
    entryOf({ action: 'user_add', resourceType: 'user', resourceId: 'carl', after: { username: 'carl' } }),
  )
  t.equal(await store.erase({ ...NOBODY, text: 'carl' }), 1)
  t.match(await rows('SELECT audit_id FROM audit_log'), [{ audit_id: 2 }])
  t.match(await rows('SELECT count(*) AS count FROM audit_persons WHERE sequence = 1'), [{ count: 0 }])
  t.match(await log.verify(), { fault: undefined, entries: 2 })
})

t.test('entries are found by request id, and by networks as far as their addresses tell', async (t) => {
  const { log, store } = buildAudit(t)
  const enter = (address: string, requestId: string) => log.append(entryOf({ address, requestId }))
  await enter('203.0.113.xxx', 'one')
  await enter('198.51.100.7', 'two')
  await enter('2001:db8:1:xxxx:xxxx:xxxx:xxxx:xxxx', 'three')
  const find = async (subject: Partial<Subject>) =>
    (await store.find({ ...NOBODY, ...subject }, 10)).map(({ sequence }) => sequence)
  t.strictSame(await find({ requestIds: ['two', 'none'] }), [2])
  t.strictSame(await find({ cidrs: ['203.0.113.0/24'] }), [1])
  t.strictSame(await find({ cidrs: ['203.0.112.0/23', '2001:db8:1::/48'] }), [1, 3])
  t.strictSame(await find({ cidrs: ['203.0.113.0/28'] }), [], 'a masked address may be outside')
  t.strictSame(await find({ cidrs: ['198.51.100.7'] }), [2])
  t.strictSame(await find({ text: '%' }), [], 'a sign of SQL is a sign')
  t.equal((await store.find({ ...NOBODY, text: 'ada' }, 2)).length, 2, 'no more than wanted')
})

t.test('old contents are purged, by route, and the chain says so', async (t) => {
  const { log, store, clock, rows } = buildAudit(t)
  for (let index = 0; index < 200; index += 1) await log.append(entryOf())
  await log.append(entryOf({ resourceType: 'route', resourceId: 'a.test' }))
  clock.advance(DAY * 1000)
  await log.append(entryOf())
  t.strictSame((await store.routeHosts()).toSorted(), ['', 'a.test'])
  const purged = await store.purge({ routeHost: '', before: NOON / 1000 + 1 })
  t.strictSame(purged, { count: 200, oldest: NOON / 1000, newest: NOON / 1000 })
  t.strictSame(await store.purge({ routeHost: '', before: NOON / 1000 + 1 }), { count: 0 })
  t.match(
    await rows('SELECT count(*) AS count FROM audit_payloads'),
    [{ count: 4 }],
    'a.test’s, the new one, two purges',
  )
  t.match(await rows('SELECT count(*) AS count FROM audit_persons'), [{ count: 4 }])
  t.match(await log.verify(), { fault: undefined, entries: 204 })
})

t.test('what is purged up to now ends', async (t) => {
  const { log, store, clock } = buildAudit(t)
  await log.append(entryOf())
  t.match(await store.purge({ routeHost: '', before: clock.wallNow() / 1000 + DAY }), { count: 1 })
  t.match(await log.verify(), { fault: undefined, entries: 2 })
})

t.test('more entries than fit one page are all erased', async (t) => {
  const { log, store, rows } = buildAudit(t)
  await Promise.all(Array.from({ length: 450 }, () => log.append(entryOf())))
  t.equal(await store.erase({ ...NOBODY, text: 'ada' }), 450)
  t.match(await rows("SELECT count(*) AS count FROM audit_persons WHERE name = 'ada'"), [{ count: 0 }])
  t.match(await log.verify(), { fault: undefined })
})

t.test('a content that comes back after its removal is found', async (t) => {
  const { log, store, rows, tamper } = buildAudit(t)
  await log.append(entryOf({ resourceId: 'carl' }))
  const [row] = await rows('SELECT * FROM audit_payloads')
  await store.erase({ ...NOBODY, text: 'carl' })
  const values = Object.values(row ?? {}).map((value) => (typeof value === 'string' ? `'${value}'` : String(value)))
  tamper(`INSERT INTO audit_payloads VALUES (${values.join(', ')})`)
  t.match(await log.verify(), { fault: { sequence: 1, reason: /there again although it was removed/ } })
})
