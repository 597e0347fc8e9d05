import type { Caller, Role } from '@drawbridge/plugin-kit'
import Fastify from 'fastify'
import { addConfigRoutes } from '../../src/config-routes.ts'
import { addEntryRoutes, addVerifyRoute } from '../../src/entry-routes.ts'
import { addExportRoute } from '../../src/export-route.ts'
import { buildAudit, type Setup, type Teardown } from './build-audit.ts'

/** An audit log with its endpoints below `/api`; `get` and `post` call them in a role. */
export function buildAdmin(t: Teardown, setup: Setup = {}) {
  const audit = buildAudit(t, setup)
  const { host, log } = audit
  const app = Fastify({ ajv: { customOptions: { removeAdditional: false, coerceTypes: 'array' } } })
  const state: { role: Role } = { role: 'admin' }
  app.decorateRequest('caller')
  app.addHook('onRequest', (request, _reply, done) => {
    request.caller = { kind: 'user', name: 'root', role: state.role, source: 'api', address: '192.0.2.1' } as Caller
    done()
  })
  app.register(
    (scope, _options, done) => {
      addEntryRoutes(scope, host)
      addVerifyRoute(scope, log)
      addExportRoute(scope, host, log)
      addConfigRoutes(scope, host, log)
      done()
    },
    { prefix: '/api' },
  )
  t.teardown(() => app.close())
  const call =
    (method: 'GET' | 'POST') =>
    async (path: string, role: Role = 'admin') => {
      state.role = role
      const answer = await app.inject({ method, url: path })
      return { status: answer.statusCode, body: answer.json() }
    }
  return { ...audit, get: call('GET'), post: call('POST') }
}
