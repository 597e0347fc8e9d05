import t from 'tap'
import { makeEntry } from './support/entry.ts'
import { buildLogApp } from './support/log-app.ts'

const HOUR_MS = 3_600_000

t.test('a search for somebody is audited each time, with what was sought', async (t) => {
  const { audited, get } = buildLogApp(t)
  await get('/api/logs?client=203.0.113.xxx')
  await get('/api/logs?client=203.0.113.xxx&status=404')
  await get('/api/logs?client=203.0.113.xxx')
  await get('/api/logs/some-request-id')
  t.match(audited, [
    {
      action: 'personal_data_read',
      resourceType: 'request_logs',
      actor: { kind: 'user', name: 'anna' },
      source: 'dashboard',
    },
    { notes: 'searched by client 203.0.113.xxx, status 404' },
    { notes: 'searched by client 203.0.113.xxx' },
    { notes: 'searched by request_id some-request-id' },
  ])
})

t.test('an address in a search reaches the audit log only redacted', async (t) => {
  const { plainRedactor } = await import('@drawbridge/plugin-kit')
  const redactor = { ...plainRedactor, text: (text: string) => text.replace('203.0.113.45', '203.0.113.xxx') }
  const { audited, get } = buildLogApp(t, { redactor })
  await get('/api/logs?client=203.0.113.45')
  t.notMatch(JSON.stringify(audited), /113\.45/)
})

t.test('browsing is audited once an hour, so that a list may refresh itself', async (t) => {
  const { audited, clock, get } = buildLogApp(t)
  for (let i = 0; i < 10; i += 1) await get('/api/logs?status_class=5xx')
  await get('/api/errors')
  t.match(audited, [{ resourceType: 'request_logs' }, { resourceType: 'error_logs' }])
  t.equal(audited.length, 2)
  clock.advance(HOUR_MS)
  await get('/api/logs')
  t.equal(audited.length, 3)
})

t.test('further pages belong to their search; a made-up cursor is no way around', async (t) => {
  const { audited, get, record } = buildLogApp(t)
  await record(['/1', '/2', '/3'].map((path) => makeEntry({ path })))
  const { body } = await get('/api/logs?path_prefix=/&limit=1')
  await get(`/api/logs?path_prefix=/&limit=1&cursor=${body.next_cursor}`)
  t.equal(audited.length, 1)
  await get(`/api/logs?path_prefix=/2&limit=1&cursor=${body.next_cursor}`)
  t.equal(audited.length, 2)
})

t.test('nothing is shown where it cannot be audited', async (t) => {
  const audit = { append: () => Promise.reject(new Error('disk full')) }
  const { get, record } = buildLogApp(t, { audit })
  await record([makeEntry()])
  for (const path of ['/api/logs', '/api/errors', '/api/logs/019ab3c4-5d6e-7f80-9abc-000000000001'])
    t.match(await get(path), { status: 503, body: { code: 'DRAWBRIDGE_ACCESS_LOG_NOT_ACCOUNTED' } }, path)
})
