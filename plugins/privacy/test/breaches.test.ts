import t from 'tap'
import { addRequests, makeFolder, NOW, startInstallation, type TestInstallation } from './support/installation.ts'

const HOUR = 3_600
const MINUTE_MS = 60_000

t.test('a breach file runs 72 hours from when it was noticed', async (t) => {
  const installation = await startInstallation(t)
  const { status, body } = await post(installation, '/api/privacy/breaches', {
    title: 'Laptop stolen',
    happened: 'With a token in it.',
    noticed_at: NOW - 2 * HOUR,
  })
  t.equal(status, 201)
  t.match(body, {
    title: 'Laptop stolen',
    opened_by: 'eva',
    noticed_at: NOW - 2 * HOUR,
    began_at: NOW - 26 * HOUR,
    ended_at: null,
    due_at: NOW + 70 * HOUR,
    hours_left: 70,
    is_overdue: false,
    notified_at: null,
    closed_at: null,
  })
  t.match(installation.events, [{ name: 'breach_opened', facts: { breach_id: body.id, due_at: NOW + 70 * HOUR } }])
  t.match(installation.audit, [{ action: 'breach_opened', resourceType: 'breach', actor: { name: 'eva' } }])
  t.match((await get(installation, '/api/privacy/breaches')).body, { breaches: [{ id: body.id }], next_cursor: null })
})

t.test('the deadline is announced a day before, six hours before, and when it has passed, each once', async (t) => {
  const installation = await startInstallation(t)
  const { id } = (await post(installation, '/api/privacy/breaches', { title: 'x' })).body
  const names = () => installation.events.map(({ name, facts }) => [name, facts.hours_left])
  await advance(installation, 47)
  t.strictSame(names(), [['breach_opened', undefined]])
  await advance(installation, 1)
  await advance(installation, 1)
  t.strictSame(names().slice(1), [['breach_deadline_near', 24]])
  await advance(installation, 17)
  t.strictSame(names().slice(2), [['breach_deadline_near', 6]])
  await advance(installation, 6)
  await advance(installation, 1)
  t.strictSame(names().slice(3), [['breach_overdue', undefined]])
  t.match((await get(installation, `/api/privacy/breaches/${id}`)).body, { is_overdue: true, hours_left: -1 })
})

t.test('a restart repeats no announcement, and gives the one that is due', async (t) => {
  const folder = makeFolder(t)
  const first = await startInstallation(t, { folder })
  await post(first, '/api/privacy/breaches', { title: 'x', noticed_at: NOW - 49 * HOUR })
  await advance(first, 0)
  t.equal(first.events.length, 2)
  await first.storage.close()
  const second = await startInstallation(t, { folder })
  await advance(second, 0)
  t.strictSame(second.events, [])
  await advance(second, 20)
  t.match(second.events, [{ name: 'breach_deadline_near', facts: { hours_left: 3 } }])
})

t.test('a note may say that the authority was notified, which stops the clock', async (t) => {
  const installation = await startInstallation(t)
  const { id } = (await post(installation, '/api/privacy/breaches', { title: 'x' })).body
  const path = `/api/privacy/breaches/${id}`
  t.match((await post(installation, `${path}/notes`, { text: 'tokens revoked' })).body, {
    hours_left: 72,
    notes: [{ written_at: NOW, written_by: 'eva', text: 'tokens revoked' }],
  })
  const { body } = await post(installation, `${path}/notes`, { text: 'by form', authority_notified: true })
  t.match(body, { hours_left: null, notified_at: NOW, notes: [{}, { text: 'by form' }] })
  await advance(installation, 100)
  t.strictSame(
    installation.events.map(({ name }) => name),
    ['breach_opened'],
  )
  t.strictSame(
    installation.audit.map(({ action }) => action),
    ['breach_opened', 'breach_note', 'breach_authority_notified'],
  )
})

t.test('a closed file takes nothing more', async (t) => {
  const installation = await startInstallation(t)
  const { id } = (await post(installation, '/api/privacy/breaches', { title: 'x' })).body
  const path = `/api/privacy/breaches/${id}`
  const closed = await post(installation, `${path}/close`, { conclusion: 'no risk: the disk was encrypted' })
  t.match(closed.body, { closed_at: NOW, conclusion: 'no risk: the disk was encrypted', hours_left: null })
  t.equal((await post(installation, `${path}/notes`, { text: 'late' })).status, 409)
  t.equal((await post(installation, `${path}/close`, { conclusion: 'again' })).status, 409)
  await advance(installation, 100)
  t.strictSame(
    installation.events.map(({ name }) => name),
    ['breach_opened'],
  )
})

t.test('the evidence has what is stored of the time in question', async (t) => {
  const installation = await startInstallation(t)
  await addRequests(installation.storage, [
    { client: '203.0.113.xxx', path: '/before', timestamp: NOW - 30 * HOUR },
    { client: '203.0.113.xxx', path: '/within', timestamp: NOW - HOUR },
    { client: '203.0.113.xxx', path: '/too', timestamp: NOW - 2 * HOUR },
  ])
  const { id } = (await post(installation, '/api/privacy/breaches', { title: 'x' })).body
  const { status, body } = await get(installation, `/api/privacy/breaches/${id}/evidence`)
  t.equal(status, 200)
  t.match(body, {
    window: { from: NOW - 24 * HOUR, until: NOW },
    request_counts: [{ status: 200, requests: 2 }],
    requests: [{ path: '/within' }, { path: '/too' }],
    audit_entries: [],
    configuration: { gateway: {} },
  })
  t.equal(body.requests.length, 2)
  t.match(body.affected_data, [
    { host: 'shop.example', record: 'request_logs', categories: ['address', 'pseudonym', 'url'] },
  ])
  t.match(installation.audit.at(-1), { action: 'breach_evidence', resourceId: id })
})

t.test('the draft for the authority is in German or English', async (t) => {
  const installation = await startInstallation(t)
  const opened = await post(installation, '/api/privacy/breaches', {
    title: 'Laptop stolen',
    happened: 'With a token.',
  })
  const path = `/api/privacy/breaches/${opened.body.id}`
  await post(installation, `${path}/notes`, { text: 'tokens revoked' })
  const german = (await get(installation, `${path}/notification`)).body.text
  t.match(german, '# Meldung einer Verletzung des Schutzes personenbezogener Daten (Art. 33 DSGVO)')
  t.match(german, 'Die Frist von 72 Stunden endet am 2026-11-25T08:00:00Z')
  t.match(german, '- 2026-11-22T08:00:00Z: tokens revoked')
  t.match(german, 'keine Rechtsberatung')
  const english = (await get(installation, `${path}/notification?language=en`)).body.text
  t.match(english, 'Laptop stolen\n\nWith a token.')
  t.match(english, 'no legal advice')
})

t.test('refuses times that cannot be', async (t) => {
  const installation = await startInstallation(t)
  const times = [{ noticed_at: NOW + 1 }, { began_at: NOW - 5, ended_at: NOW - 6 }, { noticed_at: 'yesterday' }]
  for (const time of times)
    t.equal(
      (await post(installation, '/api/privacy/breaches', { title: 'x', ...time })).status,
      400,
      JSON.stringify(time),
    )
  t.equal((await get(installation, '/api/privacy/breaches/nope')).status, 404)
  t.strictSame(installation.audit, [])
})

/** Lets hours pass, and the check of the last minute end. */
async function advance({ clock, host }: TestInstallation, hours: number): Promise<void> {
  clock.advance(hours * HOUR * 1000 - (hours === 0 ? 0 : MINUTE_MS))
  await checked(host)
  clock.advance(MINUTE_MS)
  await checked(host)
}

async function checked(host: TestInstallation['host']): Promise<void> {
  const { plugin } = await import('@drawbridge/plugin-privacy')
  const service = host.service<{ breachClock: { check(): Promise<void> }; stop(): void }>(plugin)
  await service.breachClock.check()
}

async function post({ app }: TestInstallation, url: string, payload: object) {
  const response = await app.inject({ method: 'POST', url, payload })
  return { status: response.statusCode, body: response.json() }
}

async function get({ app }: TestInstallation, url: string) {
  const response = await app.inject(url)
  return { status: response.statusCode, body: response.json() }
}
