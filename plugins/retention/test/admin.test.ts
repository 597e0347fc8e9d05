import type { Caller } from '@drawbridge/plugin-kit'
import Fastify from 'fastify'
import t from 'tap'
import { addEndpoints } from '../src/admin.ts'
import { buildRetention, DAY, NOON, type Setup, type Teardown, toParts } from './support/build-retention.ts'

const NOW = NOON / 1000
const ADA: Caller = { kind: 'user', name: 'ada', role: 'admin', source: 'dashboard', address: '192.0.2.7' }

async function buildApi(t: Teardown, setup: Setup = {}) {
  const built = buildRetention(t, setup)
  const app = Fastify()
  const roles: string[] = []
  app.decorateRequest('caller')
  app.addHook('onRequest', async (request) => {
    request.caller = ADA
  })
  app.addHook('onRoute', ({ method, url, config }) => {
    if (method !== 'HEAD') roles.push(`${method} ${url} ${config?.role}`)
  })
  app.register(async (api) => addEndpoints(api, built.service), { prefix: '/api' })
  await app.ready()
  t.teardown(() => app.close())
  return { ...built, app, roles }
}

t.test('deleting is for admins, looking for everybody', async (t) => {
  const { roles } = await buildApi(t)
  t.strictSame(roles, [
    'GET /api/retention viewer',
    'POST /api/retention/run admin',
    'GET /api/retention/proofs viewer',
    'GET /api/retention/proofs/verify viewer',
  ])
})

t.test('the status says what is configured, what is due and when the next run is', async (t) => {
  const { app, log, idOf } = await buildApi(t, {
    routes: { '': { access_logs: '3d' }, 'a.test': {}, 'b.test': false },
    formerHosts: ['gone.test'],
  })
  for (const id of [idOf('a.test'), idOf('gone.test'), 0, null, null]) await log(id, 8 * DAY)
  await log(idOf('b.test'), 800 * DAY)
  const response = await app.inject('/api/retention')
  t.equal(response.statusCode, 200)
  const defaults = { access_logs: 3 * DAY, error_logs: 30 * DAY, security_logs: 90 * DAY, audit_logs: 365 * DAY }
  const facts = { store: 'request_logs', class: 'access_logs', oldest: NOW - 8 * DAY, newest: NOW - 8 * DAY }
  const general = { ...facts, period_seconds: 3 * DAY, before: NOW - 3 * DAY }
  t.strictSame(response.json(), {
    schedule: '03:30',
    time_zone: 'UTC',
    next_run_at: Date.UTC(2026, 6, 2, 3, 30) / 1000,
    is_running: false,
    last_run: null,
    rules: [
      { route_id: 0, host: '', state: 'unknown', periods: { ...defaults, metrics: 30 * DAY } },
      { route_id: 1, host: 'gone.test', state: 'former', periods: { ...defaults, metrics: 30 * DAY } },
      {
        route_id: 2,
        host: 'a.test',
        state: 'configured',
        periods: { ...defaults, access_logs: 7 * DAY, metrics: 30 * DAY },
      },
      { route_id: 3, host: 'b.test', state: 'configured', periods: null },
    ],
    due: [
      { ...facts, period_seconds: 7 * DAY, before: NOW - 7 * DAY, route_id: 2, host: 'a.test', count: 1 },
      { ...general, route_id: null, host: null, count: 2 },
      { ...general, route_id: 0, host: '', count: 1 },
      { ...general, route_id: 1, host: 'gone.test', count: 1 },
    ],
    failures: [],
  })
})

t.test('a dry run counts and deletes nothing, a run deletes in the name of the caller', async (t) => {
  const { app, log, idOf, left, audited, proofs } = await buildApi(t)
  await log(idOf('a.test'), 8 * DAY)
  const post = (payload: object) => app.inject({ method: 'POST', url: '/api/retention/run', payload })
  const dry = (await post({ dry_run: true })).json()
  t.match(dry, { is_dry_run: true, run: null, due: [{ host: 'a.test', count: 1 }], failures: [] })
  t.equal((await left()).length, 1)
  t.strictSame(await proofs(), [])
  const run = (await post({})).json()
  t.match(run, { is_dry_run: false, run: { run: 1, cause: 'request', outcome: 'done', deleted: 1 }, due: [] })
  t.equal((await left()).length, 0)
  t.match(audited, [{ actor: { kind: 'user', name: 'ada' }, source: 'dashboard', address: '192.0.2.7' }])
  t.match((await app.inject('/api/retention')).json(), { last_run: run.run })
  t.equal((await post({ dry_run: 'maybe' })).statusCode, 400)
})

t.test('proofs are listed newest first, page by page, by run, host and class', async (t) => {
  const { app, log, idOf, run } = await buildApi(t, { routes: { '': {}, 'a.test': {}, 'b.test': {} } })
  for (let runs = 0; runs < 2; runs += 1) {
    for (const host of ['a.test', 'b.test']) await log(idOf(host), 8 * DAY)
    await run()
  }
  const get = async (query: string) => (await app.inject(`/api/retention/proofs?${query}`)).json()
  const sequences = ({ proofs }: { proofs: { sequence: number }[] }) => proofs.map(({ sequence }) => sequence)
  const first = await get('limit=3')
  t.strictSame(sequences(first), [8, 7, 6])
  t.match(first.proofs[1], { kind: 'purge', period_seconds: 7 * DAY, before: NOW - 7 * DAY, deleted: 1, details: {} })
  t.match(first.proofs[0], { kind: 'end', details: { failures: 0, off_hosts: [], is_compacted: true } })
  t.strictSame(sequences(await get(`limit=200&cursor=${first.next_cursor}`)), [5, 4, 3, 2, 1])
  t.strictSame(sequences(await get('run=1')), [4, 3, 2, 1])
  t.strictSame(sequences(await get('host=b.test&class=access_logs')), [7, 3])
  t.strictSame(sequences(await get('class=metrics')), [])
  t.equal((await app.inject('/api/retention/proofs?cursor=nonsense')).statusCode, 400)
  t.match((await app.inject('/api/retention/proofs/verify')).json(), { is_valid: true, entries: 8 })
})

t.test('while the database is away it says so', async (t) => {
  const { app } = await buildApi(t, {
    wrapStorage: (storage) => ({ ...toParts(storage), problem: 'the disk is full' }),
  })
  for (const url of ['/api/retention', '/api/retention/proofs', '/api/retention/proofs/verify']) {
    const response = await app.inject(url)
    t.equal(response.statusCode, 503, url)
    t.match(response.json(), { code: 'DRAWBRIDGE_RETENTION_STORAGE_AWAY', message: /the disk is full/ })
  }
})
