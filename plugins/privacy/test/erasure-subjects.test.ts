import t from 'tap'
import { erase } from './support/calls.ts'
import { addRequests, countRows, filesWith, NOW, startInstallation } from './support/installation.ts'

const DAY = 86_400
const TODAY = Math.floor(NOW / DAY)
const ADDRESS = '203.0.113.45'

t.test('an address of before the keys is not found, and the receipt says so', async (t) => {
  const installation = await startInstallation(t)
  const old = installation.pseudonyms.on(TODAY - 5, ADDRESS)
  await addRequests(installation.storage, [{ client: '203.0.113.xxx', pseudonym: old }])
  const { body } = await erase(installation, { ip: ADDRESS })
  t.equal(body.count, 0)
  t.match(body.notes[0], 'Masked records of days without a key cannot be attributed')
})

t.test('an IPv6 address stands for its /64, and the receipt says so', async (t) => {
  const installation = await startInstallation(t)
  const neighbour = '2001:db8:1:2:aaaa::1'
  await addRequests(installation.storage, [
    { client: '2001:db8:1:2:xxxx:xxxx:xxxx:xxxx', pseudonym: installation.pseudonyms.of(neighbour) },
  ])
  const { body } = await erase(installation, { ip: '2001:DB8:1:2::5' })
  t.equal(body.count, 1)
  t.match(body.notes[0], /stand for a \/64/)
})

t.test('a network also matches masked prefixes that lie in it, and whole addresses', async (t) => {
  const installation = await startInstallation(t)
  const { storage, pseudonyms } = installation
  await addRequests(storage, [
    { client: '203.0.113.xxx' },
    { client: '203.0.112.0' },
    { client: '203.0.114.xxx' },
    { client: '2001:db8:1:2:xxxx:xxxx:xxxx:xxxx' },
    { client: '198.51.100.xxx', pseudonym: pseudonyms.of('198.51.100.8') },
    { client: '198.51.100.xxx', pseudonym: pseudonyms.of('198.51.100.99') },
  ])
  await storage.durable([
    { sql: `INSERT INTO log_payloads (timestamp, address) VALUES (1, '203.0.113.9'), (1, '203.0.114.9')` },
  ])
  t.match((await erase(installation, { cidr: '203.0.112.0/23' })).body, { count: 3, subject: { kind: 'cidr' } })
  t.equal(await countRows(storage, 'request_logs', "client IN ('203.0.113.xxx', '203.0.112.0')"), 0)
  t.equal(await countRows(storage, 'log_payloads', 'address IS NOT NULL'), 1)
  t.match((await erase(installation, { cidr: '198.51.100.0/28' })).body, { count: 1 }, 'a small one by its pseudonyms')
  t.match((await erase(installation, { cidr: '2001:db8::/32' })).body, { count: 1 })
  t.equal(await countRows(storage, 'request_logs'), 2)
})

t.test('text is found in any letter case, also percent-encoded, and means nothing but itself', async (t) => {
  const installation = await startInstallation(t)
  await addRequests(installation.storage, [
    { client: 'a', path: '/users/Jane.Doe@Example.org' },
    { client: 'a', path: '/users?mail=jane.doe%40example.org' },
    { client: 'a', path: '/users/janeXdoe@example.org' },
    { client: 'a', path: '/users/jane_doe@example.org' },
  ])
  t.match((await erase(installation, { text: 'jane.doe@example.org' })).body, { count: 2 })
  t.match((await erase(installation, { text: 'jane_doe@' })).body, { count: 1 })
  t.match((await erase(installation, { text: '%_%' })).body, { count: 0 })
  t.strictSame(filesWith(installation.folder, 'jane_doe'), [], 'the text is not remembered either')
})

t.test('an address that is in text which nobody redacted is found too, and no longer one', async (t) => {
  const installation = await startInstallation(t)
  const paths = [
    '/of/203.0.113.4',
    '/of/203.0.113.4/x',
    '/of/203.0.113.45',
    '/of/1203.0.113.4',
    '/6/2001%3Adb8%3A%3A1',
    '/6/2001:db8::1f',
  ]
  await addRequests(
    installation.storage,
    paths.map((path) => ({ client: 'a', path })),
  )
  t.match((await erase(installation, { ip: '203.0.113.4' })).body, { count: 2 })
  t.match((await erase(installation, { ip: '2001:db8::1' })).body, { count: 1 })
})

t.test('requests are found by their ids', async (t) => {
  const installation = await startInstallation(t)
  await addRequests(
    installation.storage,
    ['one-one', 'two-two', 'three'].map((requestId) => ({ client: 'a', requestId })),
  )
  t.match((await erase(installation, { request_ids: ['one-one', 'three', 'nine'] })).body, { count: 2 })
  t.equal(await countRows(installation.storage, 'request_logs', "request_id = 'two-two'"), 1)
})

t.test('refuses what names nobody, or half the world', async (t) => {
  const installation = await startInstallation(t)
  const bodies = [
    {},
    { ip: ADDRESS, text: 'abc' },
    { ip: '203.0.113' },
    { ip: '203.0.113.0/24' },
    { cidr: '203.0.113.1' },
    { cidr: '203.0.113.0/64' },
    { text: ' ab ' },
    { request_ids: [] },
  ]
  for (const body of bodies) t.equal((await erase(installation, body)).status, 400, JSON.stringify(body))
  t.strictSame(installation.audit, [])
})

t.test('the fingerprint is the same for one subject and different for another', async (t) => {
  const installation = await startInstallation(t)
  const prints: string[] = []
  for (const ip of [ADDRESS, '::ffff:203.0.113.45', '203.0.113.46'])
    prints.push((await erase(installation, { ip, dry_run: true })).body.subject.fingerprint)
  t.equal(prints[0], prints[1])
  t.not(prints[0], prints[2])
})
