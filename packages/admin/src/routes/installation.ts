import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { AdminParts } from '../admin-parts.ts'
import { closed } from './schemas.ts'

const viewer = { role: 'viewer' } as const
const tags = ['installation']
const Route = closed({
  hosts: Type.Array(Type.String(), {
    description: 'The first is its name; none for the default answer to unknown hosts.',
  }),
  route_id: Type.Integer({ description: 'Its number in the database; 0 for unknown hosts.' }),
  plugins: Type.Array(Type.String(), { description: 'Configuration keys of the plugins that are on.' }),
})
const InstalledPlugin = closed({
  name: Type.String({ description: 'Name of the plugin.' }),
  key: Type.String({ description: 'Its configuration key.' }),
  phase: Type.String({ description: 'When it acts on a request.' }),
  is_on_by_default: Type.Boolean({ description: 'Whether a route that does not mention the key has it on.' }),
})

/** What runs here, and how it is configured. */
export function addInstallationRoutes(app: FastifyInstance, { host: { installation } }: AdminParts): void {
  app.get(
    '/config',
    {
      config: viewer,
      schema: {
        summary: 'The effective configuration, secrets as fingerprints.',
        tags,
        response: {
          200: Type.Unsafe<object>({ type: 'object', additionalProperties: true, description: '{ gateway, routes }' }),
        },
      },
    },
    async () => installation.configuration().effective as object,
  )
  app.get(
    '/routes',
    {
      config: viewer,
      schema: {
        summary: 'All routes as they are served now.',
        tags,
        response: { 200: closed({ routes: Type.Array(Route) }) },
      },
    },
    async () => ({
      routes: installation.routes().map(({ hosts, routeId, options }) => ({
        hosts,
        route_id: routeId,
        plugins: Object.keys(options),
      })),
    }),
  )
  app.get(
    '/plugins',
    {
      config: viewer,
      schema: {
        summary: 'All plugins that are installed.',
        tags,
        response: { 200: closed({ plugins: Type.Array(InstalledPlugin) }) },
      },
    },
    async () => ({
      plugins: installation.plugins.map(({ name, key, phase, isOnByDefault }) => ({
        name,
        key,
        phase,
        is_on_by_default: isOnByDefault,
      })),
    }),
  )
}
