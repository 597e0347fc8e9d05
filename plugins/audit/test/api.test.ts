import { createPublicKey, hash, verify } from 'node:crypto'
import t from 'tap'
import { COMMANDS } from '../src/commands.ts'
import type { ShownEntry } from '../src/shown-entry.ts'
import { buildAdmin } from './support/build-admin.ts'
import { entryOf, NOON } from './support/build-audit.ts'

t.test('the request of the requirement lists the entries of an action, newest first', async (t) => {
  const { log, get } = buildAdmin(t)
  for (const notes of ['first', 'second']) {
    await log.append(entryOf({ action: 'config_reload', resourceType: 'configuration', notes }))
    await log.append(entryOf())
  }
  const { status, body } = await get('/api/audit?limit=100&action=config_reload')
  t.equal(status, 200)
  t.match(body, {
    entries: [
      { audit_id: 3, notes: 'second' },
      { audit_id: 1, notes: 'first' },
    ],
    next_cursor: null,
  })
  t.match(body.entries[0], { timestamp: NOON / 1000, user: 'ada', source: 'dashboard', outcome: 'done' })
})

t.test('every filter finds what it names, and pages follow each other', async (t) => {
  const { log, get, clock } = buildAdmin(t)
  await log.append(entryOf({ actor: { kind: 'cli', name: 'bob' }, source: 'cli' }))
  clock.advance(10_000)
  await log.append(entryOf({ outcome: 'refused', resourceType: 'user', resourceId: 'carl' }))
  const ids = async (query: string) =>
    (await get(`/api/audit?${query}`)).body.entries.map(({ audit_id }: ShownEntry) => audit_id)
  t.strictSame(await ids('user=bob'), [1])
  t.strictSame(await ids('source=cli'), [1])
  t.strictSame(await ids('outcome=refused'), [2])
  t.strictSame(await ids('resource_type=user&resource_id=carl'), [2])
  t.strictSame(await ids(`since=${NOON / 1000 + 5}`), [2])
  t.strictSame(await ids(`until=${NOON / 1000 + 5}`), [1])
  const { body } = await get('/api/audit?limit=1')
  t.strictSame(await ids(`limit=1&cursor=${body.next_cursor}`), [1])
  t.equal((await get('/api/audit?limit=201')).status, 400)
  t.equal((await get('/api/audit?cursor=nonsense')).status, 400)
  t.equal((await get('/api/audit?no_such=1')).status, 400)
})

t.test('an entry shows what changed, value by value and as a unified diff', async (t) => {
  const { log, get } = buildAdmin(t)
  await log.append(entryOf({ before: { limits: { body: 1 } }, after: { limits: { body: 2 }, on: true } }))
  const { body } = await get('/api/audit/1')
  t.strictSame(body.changes, [
    { type: 'CHANGE', path: ['limits', 'body'], before: 1, after: 2 },
    { type: 'CREATE', path: ['on'], before: null, after: true },
  ])
  t.match(body.diff, /^- +"body": 1$[\s\S]*^\+ +"body": 2,?$/m)
  t.equal((await get('/api/audit/2')).status, 404)
})

t.test('values too long to be kept whole are cut, and their difference still shown', async (t) => {
  const { log, get } = buildAdmin(t)
  await log.append(entryOf({ before: 'x'.repeat(100_000), after: 'y' }))
  const { body } = await get('/api/audit/1')
  t.match(body.old_value, /\[cut: 100002 characters\]$/)
  t.equal(body.changes, null)
  t.type(body.diff, 'string')
})

t.test('a viewer sees no names, and cannot look for them', async (t) => {
  const { log, get } = buildAdmin(t)
  await log.append(entryOf({ requestId: 'r1', resourceType: 'user', resourceId: 'carl', after: { username: 'carl' } }))
  await log.append(entryOf({ actor: { kind: 'system', name: 'gateway' }, resourceId: 'shown' }))
  const { body } = await get('/api/audit', 'viewer')
  t.match(body.entries[1], { user: 'a***', resource_id: 'c***', new_value: null, address: null, request_id: null })
  t.match(body.entries[0], { user: 'gateway', resource_id: 'shown' })
  t.notMatch(JSON.stringify((await get('/api/audit/1', 'viewer')).body), /carl|ada/)
  t.equal((await get('/api/audit?user=ada', 'viewer')).status, 403)
  t.match((await get('/api/audit', 'operator')).body.entries[1], { user: 'ada', request_id: 'r1' })
})

t.test('verify says that all is well, or which entry is not; the command’s exit code says it too', async (t) => {
  const { log, get, tamper } = buildAdmin(t)
  for (let index = 0; index < 3; index += 1) await log.append(entryOf())
  const good = (await get('/api/audit/verify', 'viewer')).body
  t.match(good, { is_valid: true, entries: 3, first_bad: null, reason: null, unanchored: 0 })
  tamper("UPDATE audit_payloads SET action = 'nothing' WHERE sequence = 2")
  const bad = (await get('/api/audit/verify')).body
  t.match(bad, { is_valid: false, entries: 1, first_bad: 2, reason: /content of entry 2 was changed/ })
  const command = COMMANDS.find(({ name }) => name === 'audit verify')
  t.match(command?.format(good), { text: '3 entries, all as they were written', exitCode: undefined })
  t.match(command?.format(bad), { text: /^TAMPERED: the first bad entry is 2\./, exitCode: 1 })
})

t.test('an export can be verified without this program', async (t) => {
  const { log, get, store } = buildAdmin(t)
  for (let index = 0; index < 12; index += 1) await log.append(entryOf({ notes: 'größer "als" \\ 1' }))
  await store.erase({ cidrs: [], pseudonyms: [], text: 'ada', requestIds: [] })
  const first = (await get('/api/audit/export?limit=10')).body
  const rest = (await get(`/api/audit/export?after=${first.next_after}`)).body
  t.equal(first.next_after, 10)
  const entries = [...first.entries, ...rest.entries]
  t.equal(entries.length, 15, '12, the erasure, and that it was exported, twice')
  let previous = ''
  let signed = 0
  for (const { link, payload, person, checkpoint } of entries) {
    const { hash: linkHash, previous_hash, ...facts } = link
    t.equal(previous_hash, previous)
    t.equal(linkHash, sha256(['chain', ...Object.values(facts), previous_hash]))
    t.equal(link.payload_hash, sha256(['payload', ...Object.values(payload)]))
    if (person !== null) t.equal(link.person_hash, sha256(['person', ...Object.values(person)]))
    previous = linkHash
    if (checkpoint === null) continue
    const text = JSON.stringify(['checkpoint', checkpoint.sequence, checkpoint.time_ms, linkHash])
    const key = createPublicKey(first.public_key)
    t.ok(verify(null, Buffer.from(text), key, Buffer.from(checkpoint.signature, 'base64')))
    signed += 1
  }
  t.equal(signed, 1)
  t.match((await get('/api/audit?action=audit_exported')).body.entries, [{ user: 'root' }, { user: 'root' }])
})

t.test('commands call the endpoints and put the answers in words', async (t) => {
  const command = (name: string) => {
    const found = COMMANDS.find((candidate) => candidate.name === name)
    if (found === undefined) throw new Error(`no command ${name}`)
    return found
  }
  const call = (name: string, args: string[] = [], options = {}) => command(name).call({ args, options })
  t.strictSame(call('audit list', [], { action: 'a b', limit: '5', json: true }), {
    method: 'GET',
    path: '/api/audit?action=a+b&limit=5',
  })
  t.strictSame(call('audit show', ['7']), { method: 'GET', path: '/api/audit/7' })
  t.strictSame(call('audit restore', ['7']), { method: 'POST', path: '/api/config/restore/7' })
  t.throws(() => call('audit restore', ['../x']), /no number/)
  const { log, get } = buildAdmin(t)
  await log.append(entryOf({ resourceId: 'x', outcome: 'failed', notes: 'why', before: 1, after: 2 }))
  t.match(command('audit list').format((await get('/api/audit')).body), {
    text: '1  2026-07-01T12:00:00Z  ada  ban_add  ban x  via dashboard  failed  (why)',
  })
  t.match(command('audit show').format((await get('/api/audit/1')).body).text, /-1\n\+2/)
  const lines = command('audit export')
    .format((await get('/api/audit/export')).body)
    .text.split('\n')
  t.match(JSON.parse(lines[0] ?? ''), { public_key: /BEGIN PUBLIC KEY/, next_after: null })
  t.match(JSON.parse(lines[1] ?? ''), { link: { sequence: 1 } })
  t.equal(command('audit list').format({ entries: [] }).text, 'no entries')
  t.equal(command('audit history').format({ versions: [] }).text, 'no versions')
})

function sha256(values: unknown[]): string {
  return hash('sha256', JSON.stringify(values))
}
