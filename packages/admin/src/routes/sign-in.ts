import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Account } from '../accounts.ts'
import type { AdminParts } from '../admin-parts.ts'
import { addressOf } from '../client.ts'
import { BadLogin, CodeNeeded } from '../errors.ts'
import { clearSessionCookie, identityOf, sessionOf, setSessionCookie } from '../identity.ts'
import { assertSecure } from '../request-origin.ts'
import { showTime } from '../seconds.ts'
import { FRESH_SECONDS } from '../sessions.ts'
import { CodeText, closed, Nothing, PasswordText, RoleName, Time, UserName } from './schemas.ts'

const MAX_USER_AGENT = 200

const Login = closed({ username: UserName, password: PasswordText, code: Type.Optional(CodeText) })
const Confirm = closed({ password: PasswordText })

/** Signing in and out, and entering the password again. */
export function addSignInRoutes(app: FastifyInstance, parts: AdminParts): void {
  app.post<{ Body: Static<typeof Login> }>(
    '/login',
    {
      schema: {
        summary: 'Sign in: sets the session cookie.',
        tags: ['sign-in'],
        body: Login,
        response: { 200: closed({ username: UserName, role: RoleName }) },
      },
    },
    async (request, reply) => {
      const { account, cookie } = await signIn(parts, request, request.body)
      setSessionCookie(reply, cookie)
      return { username: account.name, role: account.role }
    },
  )
  app.post(
    '/logout',
    { config: { role: 'viewer' }, schema: { summary: 'Sign out.', tags: ['sign-in'], response: { 204: Nothing } } },
    async (request, reply) => {
      const { user_id, session_id, name } = sessionOf(request)
      await parts.sessions.revoke(user_id, session_id)
      await parts.trail.note(request, { action: 'logout', resourceType: 'session', resourceId: name })
      clearSessionCookie(reply)
      reply.code(204)
    },
  )
  app.post<{ Body: Static<typeof Confirm> }>(
    '/session/confirm',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Enter the password again, for the endpoints that want it fresh.',
        tags: ['sign-in'],
        body: Confirm,
        response: { 200: closed({ fresh_until: Time }) },
      },
    },
    async (request) => {
      const session = sessionOf(request)
      await checkPassword(parts, request, { username: session.name, password: request.body.password })
      await parts.sessions.confirm(session)
      return { fresh_until: showTime(Math.floor(parts.host.clock.wallNow() / 1000) + FRESH_SECONDS) }
    },
  )
}

/** A new session, never the one that the browser may have had: rotation (OWASP session management). */
async function signIn(parts: AdminParts, request: FastifyRequest, credentials: Static<typeof Login>) {
  const { sessions, trail, host, identify } = parts
  assertSecure(request)
  const account = await checkPassword(parts, request, credentials)
  const before = await identify(request)
  const cookie = await sessions.open(account.user_id, {
    address: host.redactor.address(addressOf(request)),
    userAgent: host.redactor.header('user-agent', request.headers['user-agent'] ?? '').slice(0, MAX_USER_AGENT),
  })
  if (before?.session !== undefined) await sessions.revoke(before.session.user_id, before.session.session_id)
  const actor = { kind: 'user', name: account.name } as const
  await trail.note(request, { actor, action: 'login', resourceType: 'session', resourceId: account.name })
  return { account, cookie }
}

/** What is sent to prove who one is. */
export interface SentCredentials {
  readonly username: string
  readonly password: string
  /** Wanted of accounts with a second factor at sign-in; who is signed in already need not send it. */
  readonly code?: string
}

/** The account with this password, and code where it needs one. Throws one error for everything that is wrong, after the same time. */
export async function checkPassword(
  parts: AdminParts,
  request: FastifyRequest,
  { username, password, code }: SentCredentials,
): Promise<Account> {
  const { accounts, passwords, throttle } = parts
  const attempt = throttle.begin(username, addressOf(request))
  try {
    const account = await accounts.find(username)
    const isRight = await passwords.verify(account?.password_hash ?? undefined, password)
    if (account === undefined || !isRight) throw new BadLogin()
    // Who comes with a session has shown the second factor when it began.
    if (identityOf(request).session === undefined) await checkSecondFactor(parts, account, code)
    attempt.succeeded()
    return account
  } catch (error) {
    if (error instanceof BadLogin) await noteFailure(parts, request, { username, count: attempt.count })
    else attempt.cancelled()
    throw error
  }
}

async function checkSecondFactor({ secondFactor }: AdminParts, account: Account, code: string | undefined) {
  if (account.totp_secret === null) return
  if (code === undefined) throw new CodeNeeded()
  if (!(await secondFactor.accept(account, code))) throw new BadLogin()
}

/** What was typed as the name of no account may be a password in the wrong field: it is not recorded. */
async function noteFailure(
  { accounts, trail }: AdminParts,
  request: FastifyRequest,
  { username, count }: { username: string; count: number },
): Promise<void> {
  const account = await accounts.find(username).catch(() => undefined)
  const name = account?.name ?? 'unknown'
  await trail.note(request, {
    actor: { kind: 'user', name },
    action: 'login_failed',
    resourceType: 'session',
    resourceId: name,
    outcome: 'refused',
    notes: `failure ${count} of this account from this address`,
  })
}
