import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { type Endpoint, watchEndpoints } from './endpoint.ts'
import { OPEN_ENDPOINTS } from './guard.ts'

/** The page needs images from its style sheet, and nothing from anywhere else. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Begins to collect the endpoints: before the first one is registered. */
export function collectDocumentation(app: FastifyInstance, version: string): void {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Drawbridge admin API',
        version,
        description:
          'Errors are problem+json (RFC 9457) with a stable `code` and the `request_id` of the log. Lists have `limit`, `cursor` and `next_cursor`.',
      },
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: '__Host-drawbridge' },
          token: { type: 'http', scheme: 'bearer', description: 'An API token: drawbridge_…' },
        },
      },
    },
    transform: ({ schema, url, route }) => {
      const isOpen = [route.method].flat().some((method) => OPEN_ENDPOINTS.has(`${method} ${url}`))
      const { role, isSensitive } = route.config ?? {}
      const needs = isOpen ? 'Open.' : `Role: ${role}.${isSensitive ? ' Needs a fresh password.' : ''}`
      return {
        url,
        schema: { ...schema, description: needs, security: isOpen ? [] : [{ session: [] }, { token: [] }] },
      }
    },
  })
}

/** `GET /openapi.json`, below `/api`. */
export function addOpenApiRoute(app: FastifyInstance): void {
  app.get(
    '/openapi.json',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'This API as an OpenAPI document.',
        tags: ['documentation'],
        response: { 200: Type.Unsafe<object>({ type: 'object', additionalProperties: true }) },
      },
    },
    async () => app.swagger(),
  )
}

/** A page to browse the document, at `/api/docs`. Everything that it loads comes from here. */
export async function addDocumentationPage(app: FastifyInstance, found: Endpoint[]): Promise<void> {
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, role: 'viewer' }
    route.schema = { summary: 'The page to browse this API.', ...route.schema }
  })
  watchEndpoints(app, 'gateway', found)
  await app.register(swaggerUi, { routePrefix: '/api/docs', staticCSP: PAGE_POLICY })
}
