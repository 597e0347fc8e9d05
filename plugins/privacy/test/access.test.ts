import t from 'tap'
import { addRequests, startInstallation } from './support/installation.ts'

const ADDRESS = '203.0.113.45'

t.test('exports what is stored of an address, from tables and files, bans too', async (t) => {
  const { app, storage, pseudonyms, store, audit } = await startInstallation(t)
  const pseudonym = pseudonyms.of(ADDRESS)
  await addRequests(storage, [
    { client: '203.0.113.xxx', pseudonym, path: '/mine' },
    { client: '203.0.113.xxx', pseudonym: 'somebody', path: '/theirs' },
  ])
  await storage.durable([{ sql: 'INSERT INTO bans VALUES (?, 5)', params: [ADDRESS] }])
  store.records = [{ pseudonym, path: '/file' }, { pseudonym: 'somebody' }]
  const response = await app.inject({ method: 'POST', url: '/api/privacy/access', payload: { ip: ADDRESS } })
  t.equal(response.statusCode, 200)
  const body = response.json()
  t.match(body, { count: 3, dry_run: false, subject: { kind: 'ip' }, generated_at: Number })
  t.match(body.places, [
    { name: 'request_logs', count: 1, is_complete: true, records: [{ path: '/mine', pseudonym, status: 200 }] },
    { name: 'bans', holds: { de: 'eine Zeile je gesperrter Adresse' }, records: [{ ip_address: ADDRESS, until: 5 }] },
    { kind: 'files', name: 'log files', records: [{ path: '/file' }] },
  ])
  t.notMatch(response.body, 'theirs')
  t.match(body.notes, [/Pseudonym keys exist for 2 days/])
  t.match(audit, [
    { action: 'privacy_access', actor: { name: 'eva' }, resourceType: 'personal_data' },
    { action: 'privacy_access', outcome: 'done', after: { count: 3 } },
  ])
  t.notMatch(JSON.stringify(audit), ADDRESS)
})

t.test('shows the first ten thousand records of a table and counts all', async (t) => {
  const { app, storage } = await startInstallation(t)
  await addRequests(
    storage,
    Array.from({ length: 10_050 }, () => ({ client: 'a', path: '/of/jane' })),
  )
  const response = await app.inject({ method: 'POST', url: '/api/privacy/access', payload: { text: 'jane' } })
  const [place] = response.json().places
  t.equal(place.count, 10_050)
  t.equal(place.records.length, 10_000)
  t.equal(place.is_complete, false)
})

t.test('a dry run counts and shows nothing', async (t) => {
  const { app, storage, store, pseudonyms } = await startInstallation(t)
  await addRequests(storage, [{ client: ADDRESS, path: '/mine' }])
  store.records = [{ pseudonym: pseudonyms.of(ADDRESS), path: '/file' }]
  const payload = { ip: ADDRESS, dry_run: true }
  const response = await app.inject({ method: 'POST', url: '/api/privacy/access', payload })
  t.match(response.json(), {
    count: 2,
    dry_run: true,
    places: [
      { count: 1, records: [] },
      { count: 1, records: [] },
    ],
  })
  t.notMatch(response.body, '/mine')
})
