import type { Role } from '@drawbridge/plugin-kit'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { OPEN_ENDPOINTS } from './guard.ts'

/** An endpoint, for the documentation. */
export interface Endpoint {
  readonly method: string
  /** As it is registered: `/api/users/:name`. */
  readonly path: string
  /** The lowest role that may call it; absent for those that are open. */
  readonly role: Role | undefined
  readonly isSensitive: boolean
  readonly summary: string
  /** `gateway`, or the plugin's name. */
  readonly owner: string
}

/** Collects the endpoints of a scope as they are registered. Registering one that nobody is allowed to call, or everybody by mistake, throws an Error naming it. */
export function watchEndpoints(scope: FastifyInstance, owner: string, found: Endpoint[]): void {
  scope.addHook('onRoute', (route) => {
    for (const method of [route.method].flat()) {
      if (method === 'HEAD') continue
      assertRoute(route, method, owner)
      const { summary = '' } = route.schema as { summary?: string }
      const { role, isSensitive = false } = route.config ?? {}
      found.push({ method, path: route.url, role, isSensitive, summary, owner })
    }
  })
}

function assertRoute({ url, config, schema }: RouteOptions, method: string, owner: string): void {
  const name = `${owner}: ${method} ${url}`
  const isOpen = OPEN_ENDPOINTS.has(`${method} ${url}`)
  if (isOpen && owner !== 'gateway') throw new Error(`${name} is the gateway's own`)
  if (!isOpen && config?.role === undefined)
    throw new Error(`${name} says no role: config: { role: 'viewer' | 'operator' | 'admin' }`)
  if (schema === undefined) throw new Error(`${name} has no schema`)
}
