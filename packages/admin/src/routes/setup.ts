import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { SetupToken } from '../accounts.ts'
import type { AdminParts } from '../admin-parts.ts'
import { addressOf } from '../client.ts'
import { BadSetupToken } from '../errors.ts'
import { assertPassword } from '../passwords.ts'
import { assertSecure } from '../request-origin.ts'
import { showTime } from '../seconds.ts'
import { closed, PasswordText, Time, UserName } from './schemas.ts'

const Setup = closed({
  token: Type.String({ description: 'The setup token.', minLength: 1, maxLength: 100 }),
  username: UserName,
  password: PasswordText,
})

/** A setup token as answers show it. */
export const ShownSetupToken = closed({
  setup_token: Type.String({ description: 'To be entered with the new password at POST /api/setup. Shown this once.' }),
  expires_at: Time,
})

/** A setup token in an answer. */
export function showSetupToken({ token, expiresAt }: SetupToken): Static<typeof ShownSetupToken> {
  return { setup_token: token, expires_at: showTime(expiresAt) }
}

/** Where people set a password: the first admin's, a new account's, or one that was reset. */
export function addSetupRoutes(app: FastifyInstance, parts: AdminParts): void {
  const { accounts, trail } = parts
  app.get(
    '/setup',
    {
      schema: {
        summary: 'Whether there is no account yet.',
        tags: ['sign-in'],
        response: { 200: closed({ is_needed: Type.Boolean({ description: 'True before the first account.' }) }) },
      },
    },
    async () => ({ is_needed: !(await accounts.hasAny()) }),
  )
  app.post<{ Body: Static<typeof Setup> }>(
    '/setup',
    {
      schema: {
        summary: 'Set a password with a setup token: the first admin, a new account, a reset one.',
        tags: ['sign-in'],
        body: Setup,
        response: { 201: closed({ username: UserName }) },
      },
    },
    async (request, reply) => {
      reply.code(201)
      return { username: await setUp(parts, request, request.body) }
    },
  )
  app.post(
    '/setup-token',
    {
      config: { role: 'admin', isSensitive: true },
      schema: {
        summary: 'A new setup token for the first admin; 409 once there is an account.',
        tags: ['users'],
        response: { 201: ShownSetupToken },
      },
    },
    async (request, reply) => {
      const deed = { action: 'setup_token_create', resourceType: 'user', notes: 'for the first admin' }
      const setup = await trail.change(request, deed, () => accounts.issueFirstSetupToken())
      reply.code(201)
      return showSetupToken(setup)
    },
  )
}

/** Resolves with the name of the account. */
async function setUp(parts: AdminParts, request: FastifyRequest, body: Static<typeof Setup>): Promise<string> {
  const { accounts, passwords, throttle, trail } = parts
  assertSecure(request)
  // Guessing is counted by address: the account does not matter to a token.
  const attempt = throttle.begin('', addressOf(request))
  let target: Awaited<ReturnType<typeof accounts.findSetupTarget>>
  try {
    target = await accounts.findSetupTarget(body.token)
    if (target.name !== null && target.name.toLowerCase() !== body.username.toLowerCase()) throw new BadSetupToken()
    attempt.succeeded()
  } catch (error) {
    if (!(error instanceof BadSetupToken)) attempt.cancelled()
    else await trail.note(request, { ...deedOf('unknown'), outcome: 'refused', notes: 'the setup token is not valid' })
    throw error
  }
  const name = target.name ?? body.username
  assertPassword(body.password, name)
  const passwordHash = await passwords.hash(body.password)
  await trail.change(request, deedOf(name), () => accounts.setUp(body.token, { name, passwordHash }))
  return name
}

function deedOf(name: string) {
  return { actor: { kind: 'user', name }, action: 'setup', resourceType: 'user', resourceId: name } as const
}
