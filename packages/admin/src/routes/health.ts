import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { AdminParts, ReadinessCheck } from '../admin-parts.ts'
import { closed } from './schemas.ts'

const Health = closed({
  status: Type.Enum(['ok', 'failing'], { description: 'Whether every check is well.' }),
  version: Type.String({ description: 'Version of the gateway.' }),
  checks: Type.Array(
    closed({
      name: Type.String({ description: 'What is checked.' }),
      is_ok: Type.Boolean({ description: 'Whether it is well.' }),
      detail: Type.String({ description: 'What is wrong; empty when nothing is.' }),
    }),
  ),
})

/** For whoever watches the gateway: `/livez` and `/readyz` at the root, without detail unless somebody is signed in. */
export function addProbes(app: FastifyInstance, parts: AdminParts): void {
  app.get('/livez', { schema: { summary: 'Whether the process runs.', tags: ['health'] } }, (_request, reply) => {
    reply.type('text/plain; charset=utf-8').send('ok\n')
  })
  app.get(
    '/readyz',
    { schema: { summary: 'Whether the gateway serves and stores.', tags: ['health'] } },
    async (request, reply) => {
      const checks = parts.readiness()
      const isReady = checks.every(({ isOk }) => isOk)
      reply.code(isReady ? 200 : 503)
      if (await isSignedIn(parts, request)) return describeHealth(parts, checks)
      reply.type('text/plain; charset=utf-8')
      return isReady ? 'ok\n' : 'not ready\n'
    },
  )
}

/** `GET /api/health`: the same with detail, 200 in any case. */
export function addHealthRoute(app: FastifyInstance, parts: AdminParts): void {
  const schema = { summary: 'Which checks fail, and why.', tags: ['health'], response: { 200: Health } }
  app.get('/health', { config: { role: 'viewer' }, schema }, async () => describeHealth(parts, parts.readiness()))
}

/** A database that is away must not turn a probe into an error. */
async function isSignedIn({ identify }: AdminParts, request: FastifyRequest): Promise<boolean> {
  try {
    return (await identify(request)) !== undefined
  } catch {
    return false
  }
}

function describeHealth({ host }: AdminParts, checks: readonly ReadinessCheck[]) {
  return {
    status: checks.every(({ isOk }) => isOk) ? 'ok' : 'failing',
    version: host.installation.version,
    checks: checks.map(({ name, isOk, detail = '' }) => ({ name, is_ok: isOk, detail: host.redactor.text(detail) })),
  }
}
