import headers from '@drawbridge/plugin-headers'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'

/** What `buildApp` needs besides the options. */
export interface AppSetting {
  teardown(action: () => unknown): void
}

/** What the application behind the plugin answers with, besides what reached it. */
export type Answer = (reply: FastifyReply) => void

/** A Fastify app with the plugin that believes `X-Forwarded-*` and tells in JSON which headers reached it. */
export function buildApp(t: AppSetting, options: Record<string, unknown>, answer: Answer = () => {}): FastifyInstance {
  const app = Fastify({ trustProxy: '127.0.0.1' })
  t.teardown(() => app.close())
  app.register(headers, options)
  app.addContentTypeParser('*', (_request, payload, done) => {
    payload.resume()
    done(null)
  })
  app.all('*', async (request, reply) => {
    answer(reply)
    return { method: request.method, headers: request.headers }
  })
  return app
}
