import errorPages from '@drawbridge/plugin-error-pages'
import { type PublicDetails, withDetails } from '@drawbridge/plugin-kit'
import Fastify, { type FastifyInstance } from 'fastify'

/** An error to be thrown by the app under test. */
export interface TestError {
  readonly statusCode?: number
  readonly message?: string
  readonly details?: PublicDetails
  readonly headers?: Readonly<Record<string, string>>
}

/** An app that answers every request with an error, and the lines it logged. */
export interface FailingApp {
  readonly app: FastifyInstance
  readonly lines: Record<string, unknown>[]
}

/** Builds an app with error pages that fails as told. `requestId` stands for the tracing plugin. */
export function buildFailing(
  t: { teardown(action: () => unknown): void },
  error: TestError,
  { options = {}, requestId = '' }: { options?: Record<string, unknown>; requestId?: string } = {},
): FailingApp {
  const lines: Record<string, unknown>[] = []
  const app = Fastify({ logger: { level: 'error', stream: { write: (line) => lines.push(JSON.parse(line)) } } })
  t.teardown(() => app.close())
  app.register(errorPages, options)
  app.addHook('onRequest', (request, _reply, done) => {
    request.gateway.requestId = requestId
    done()
  })
  app.all('/*', (_request, reply) => {
    const { details, message = 'secret: 10.0.0.5:80', ...rest } = error
    const thrown = Object.assign(new Error(message), rest)
    reply.send(details === undefined ? thrown : withDetails(thrown, details))
  })
  return { app, lines }
}
