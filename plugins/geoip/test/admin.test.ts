import { join } from 'node:path'
import { type Caller, createServices } from '@drawbridge/plugin-kit'
import Fastify from 'fastify'
import t from 'tap'
import { addEndpoints } from '../src/admin.ts'
import { createGeoipService } from '../src/geoip-service.ts'

const ADA: Caller = { kind: 'user', name: 'ada', role: 'admin', source: 'dashboard', address: '192.0.2.7' }
const quiet = () => {}

async function buildApi(t: { teardown(action: () => unknown): void }) {
  const { host } = createServices({ log: { debug: quiet, info: quiet, warn: quiet, error: quiet } })
  const service = createGeoipService(host)
  const app = Fastify()
  const roles: string[] = []
  app.decorateRequest('caller')
  app.addHook('onRequest', async (request) => {
    request.caller = ADA
  })
  app.addHook('onRoute', ({ method, url, config }) => {
    if (method !== 'HEAD') roles.push(`${method} ${url} ${config?.role}`)
  })
  app.register(async (api) => addEndpoints(api, service), { prefix: '/api' })
  await app.ready()
  t.teardown(async () => {
    await app.close()
    await service.stop?.()
  })
  return { app, service, roles }
}

t.test('everybody may see the databases, operators look addresses up', async (t) => {
  const { roles } = await buildApi(t)
  t.strictSame(roles, ['GET /api/geoip viewer', 'POST /api/geoip/lookup operator'])
})

t.test('the databases in use are told with their dates and what is wrong with them', async (t) => {
  const { app, service } = await buildApi(t)
  t.same((await app.inject('/api/geoip')).json(), { databases: [] })
  service.acquire([])
  const missing = join(import.meta.dirname, 'missing.mmdb')
  service.acquire([missing])
  const { databases } = (await app.inject('/api/geoip')).json()
  t.match(databases, [
    { path: missing, is_built_in: false, type: null, built_at: null, bytes: null, problem: 'there is no such file' },
    { path: null, is_built_in: true, type: /country/i, built_at: Number, bytes: Number, problem: null },
  ])
  t.ok(databases[1].built_at > Date.UTC(2026, 0, 1) / 1000)
})

t.test('an address is looked up without being in a URL', async (t) => {
  const { app, service } = await buildApi(t)
  service.acquire([])
  const lookUp = (address: unknown) => app.inject({ method: 'POST', url: '/api/geoip/lookup', payload: { address } })
  t.same((await lookUp('193.99.144.80')).json(), {
    is_local: false,
    country: 'DE',
    city: null,
    continent: null,
    asn: null,
    organization: null,
  })
  t.match((await lookUp('192.168.1.1')).json(), { is_local: true, country: null })
  t.match((await lookUp('x')).json(), { code: 'DRAWBRIDGE_GEOIP_NO_ADDRESS', statusCode: 400 })
})
