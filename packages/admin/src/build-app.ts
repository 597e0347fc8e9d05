import { randomUUIDv7 } from 'node:crypto'
import type { Plugin } from '@drawbridge/plugin-kit'
import Fastify, { type FastifyInstance } from 'fastify'
import type { AdminParts } from './admin-parts.ts'
import { addDocumentationPage, addOpenApiRoute, collectDocumentation } from './api-documentation.ts'
import { type Endpoint, watchEndpoints } from './endpoint.ts'
import { NotFound } from './errors.ts'
import { createGuard } from './guard.ts'
import { addNextLink } from './next-link.ts'
import { createProblemSender } from './problem.ts'
import { addHealthRoute, addProbes } from './routes/health.ts'
import { addInstallationRoutes } from './routes/installation.ts'
import { addMeRoutes } from './routes/me.ts'
import { addSessionRoutes } from './routes/sessions.ts'
import { addSetupRoutes } from './routes/setup.ts'
import { addSignInRoutes } from './routes/sign-in.ts'
import { addTokenRoutes } from './routes/tokens.ts'
import { addUserRoutes } from './routes/users.ts'
import { SECURITY_HEADERS } from './security-headers.ts'
import { createValidatorCompiler } from './validation.ts'

const MAX_BODY_BYTES = 256 * 1024

/** The admin app, ready to be asked. */
export interface BuiltApp {
  readonly app: FastifyInstance
  readonly endpoints: readonly Endpoint[]
}

/** Builds the app with the endpoints of these plugins. Rejects with the error of a plugin that cannot be mounted. */
export async function buildApp(
  parts: AdminParts,
  { plugins, allowedHosts }: { plugins: readonly Plugin[]; allowedHosts: ReadonlySet<string> },
): Promise<BuiltApp> {
  const guard = createGuard({ ...parts, allowedHosts, clock: parts.host.clock })
  const app = createBareApp(parts, guard)
  const endpoints: Endpoint[] = []
  collectDocumentation(app, parts.host.installation.version)
  app.register(async (scope) => {
    watchEndpoints(scope, 'gateway', endpoints)
    addProbes(scope, parts)
    scope.register(async (api) => addOwnEndpoints(api, parts), { prefix: '/api' })
  })
  for (const plugin of plugins)
    app.register(
      async (scope) => {
        watchEndpoints(scope, plugin.name, endpoints)
        plugin.admin?.(scope, parts.host)
      },
      { prefix: '/api' },
    )
  app.register((scope) => addDocumentationPage(scope, endpoints))
  await app.ready()
  return { app, endpoints }
}

/** An app that answers nothing yet, but that safely. */
function createBareApp({ host }: AdminParts, guard: ReturnType<typeof createGuard>): FastifyInstance {
  const sendProblem = createProblemSender(host)
  const app: FastifyInstance = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    genReqId: () => randomUUIDv7(),
    routerOptions: { maxParamLength: 256 },
    // Addresses that cannot be read come here past all hooks: strangers are to learn no more than from others.
    frameworkErrors(error, request, reply) {
      reply.headers({ ...SECURITY_HEADERS, 'x-request-id': request.id })
      guard(request).then(
        () => sendProblem(error, request, reply),
        (refusal) => sendProblem(refusal, request, reply),
      )
    },
  })
  app.decorateRequest('caller')
  app.removeContentTypeParser('text/plain')
  app.setValidatorCompiler(createValidatorCompiler())
  app.setErrorHandler(sendProblem)
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...SECURITY_HEADERS, 'x-request-id': request.id })
    await guard(request)
  })
  app.addHook('preSerialization', addNextLink)
  app.setNotFoundHandler(() => {
    throw new NotFound('endpoint')
  })
  return app
}

function addOwnEndpoints(api: FastifyInstance, parts: AdminParts): void {
  addSetupRoutes(api, parts)
  addSignInRoutes(api, parts)
  addMeRoutes(api, parts)
  addSessionRoutes(api, parts)
  addUserRoutes(api, parts)
  addTokenRoutes(api, parts)
  addHealthRoute(api, parts)
  addInstallationRoutes(api, parts)
  addOpenApiRoute(api)
}
