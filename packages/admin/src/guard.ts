import { type Clock, ROLES } from '@drawbridge/plugin-kit'
import type { FastifyRequest } from 'fastify'
import type { Accountability } from './accountability.ts'
import { hasScope } from './api-tokens.ts'
import type { Doors } from './doors.ts'
import { FreshPasswordNeeded, NotFound, NotSignedIn, RoleTooLow, ScopeMissing } from './errors.ts'
import { attachIdentity, type Identify, type Identity } from './identity.ts'
import { assertHost, assertOrigin, assertOriginIsSaid } from './request-origin.ts'
import { secondsNow } from './seconds.ts'
import { FRESH_SECONDS } from './sessions.ts'

/** All that is answered without signing in. */
export const OPEN_ENDPOINTS: ReadonlySet<string> = new Set([
  'GET /livez',
  'GET /readyz',
  'GET /api/setup',
  'POST /api/setup',
  'POST /api/login',
])

/** What the guard needs to know. */
export interface GuardParts {
  readonly doors: Doors
  readonly identify: Identify
  readonly allowedHosts: ReadonlySet<string>
  readonly trail: Accountability
  readonly clock: Clock
}

/** Makes the hook before every request, also before those that lead nowhere: whoever may not is told so by its error. */
export function createGuard({ doors, identify, allowedHosts, trail, clock }: GuardParts) {
  return async function guard(request: FastifyRequest): Promise<void> {
    if (doors.callerOf(request) === undefined) {
      assertHost(request, allowedHosts)
      assertOrigin(request)
    }
    if (isOpen(request)) return
    const identity = await identify(request)
    if (identity === undefined) throw new NotSignedIn()
    if (identity.session !== undefined) assertOriginIsSaid(request)
    attachIdentity(request, identity)
    if (request.is404) return
    try {
      assertMay(request, identity)
    } catch (error) {
      await trail.note(request, {
        action: 'access_denied',
        resourceType: 'endpoint',
        resourceId: `${request.method} ${request.routeOptions.url}`,
        outcome: 'refused',
        notes: (error as Error).message,
      })
      throw error
    }
    assertFresh(request, identity, secondsNow(clock))
  }
}

function isOpen({ is404, method, routeOptions }: FastifyRequest): boolean {
  return !is404 && OPEN_ENDPOINTS.has(`${method === 'HEAD' ? 'GET' : method} ${routeOptions.url}`)
}

function assertMay({ method, routeOptions }: FastifyRequest, { caller, token }: Identity): void {
  const { role } = routeOptions.config
  // Mounting refuses endpoints without a role; should one slip through, nobody may call it.
  if (role === undefined) throw new NotFound('endpoint')
  if (ROLES.indexOf(caller.role) < ROLES.indexOf(role)) throw new RoleTooLow(role, caller.role)
  if (token === undefined) return
  const verb = method === 'GET' || method === 'HEAD' ? 'read' : 'write'
  const area = routeOptions.url?.split('/')[2] ?? ''
  if (!hasScope(token.scopes, verb, area)) throw new ScopeMissing(`${verb}:${area}`)
}

function assertFresh({ routeOptions }: FastifyRequest, { session, token }: Identity, now: number): void {
  if (routeOptions.config.isSensitive !== true) return
  const isFresh =
    token?.scopes.includes('sensitive') ?? (session === undefined || now - session.confirmed_at < FRESH_SECONDS)
  if (!isFresh) throw new FreshPasswordNeeded()
}
