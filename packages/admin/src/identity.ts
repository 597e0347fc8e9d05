import type { Caller, ServiceHost } from '@drawbridge/plugin-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type ApiToken, type ApiTokens, isTokenShaped } from './api-tokens.ts'
import { addressOf } from './client.ts'
import type { Doors } from './doors.ts'
import { SessionNeeded } from './errors.ts'
import type { Session, Sessions } from './sessions.ts'

/** The prefix makes browsers refuse it from other hosts, paths and over plain http (RFC 6265bis). */
const COOKIE = '__Host-drawbridge'
const COOKIE_VALUE = new RegExp(`(?:^|; *)${COOKIE}=([\\w-]{43})(?:;|$)`)
const ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Strict'

/** A caller, and by what they are known. */
export interface Identity {
  readonly caller: Caller
  readonly session?: Session
  readonly token?: ApiToken
}

/** Finds out who sent a request; `undefined` without valid credentials. Rejects where the database that would know is away. */
export type Identify = (request: FastifyRequest) => Promise<Identity | undefined>

/** Makes the one function that knows all kinds of credentials. */
export function createIdentify(parts: {
  readonly doors: Doors
  readonly sessions: Sessions
  readonly tokens: ApiTokens
  readonly host: ServiceHost
}): Identify {
  const { doors, sessions, tokens, host } = parts
  return async (request) => {
    const insider = doors.callerOf(request)
    if (insider !== undefined) return { caller: insider }
    const address = addressOf(request)
    const { authorization } = request.headers
    if (authorization !== undefined) {
      const text = /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? ''
      if (!isTokenShaped(text)) return undefined
      const token = await tokens.find(text, { address, masked: host.redactor.address(address) })
      if (token === undefined) return undefined
      return { token, caller: { kind: 'token', name: token.name, role: token.role, source: 'api', address } }
    }
    const value = sessionCookieOf(request)
    const session = value === undefined ? undefined : await sessions.find(value)
    if (session === undefined) return undefined
    return { session, caller: { kind: 'user', name: session.name, role: session.role, source: 'dashboard', address } }
  }
}

/** The cookie's value, where it could be one of ours: everything else costs no query. */
function sessionCookieOf({ headers: { cookie = '' } }: FastifyRequest): string | undefined {
  return COOKIE_VALUE.exec(cookie)?.[1]
}

/** Signs the browser in. */
export function setSessionCookie(reply: FastifyReply, value: string): void {
  reply.header('set-cookie', `${COOKIE}=${value}; ${ATTRIBUTES}`)
}

/** Signs the browser out. */
export function clearSessionCookie(reply: FastifyReply): void {
  reply.header('set-cookie', `${COOKIE}=; ${ATTRIBUTES}; Max-Age=0`)
}

const identities = new WeakMap<FastifyRequest, Identity>()

/** Remembers who sent this request. */
export function attachIdentity(request: FastifyRequest, identity: Identity): void {
  request.caller = identity.caller
  identities.set(request, identity)
}

/** Who sent this request; empty where it was to an open endpoint. */
export function identityOf(request: FastifyRequest): Partial<Identity> {
  return identities.get(request) ?? {}
}

/** The session that the request came with. Throws `SessionNeeded` for tokens and commands. */
export function sessionOf(request: FastifyRequest): Session {
  const { session } = identityOf(request)
  if (session === undefined) throw new SessionNeeded()
  return session
}
