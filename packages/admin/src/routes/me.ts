import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { AdminParts } from '../admin-parts.ts'
import { BadInput, BadLogin, withPointer } from '../errors.ts'
import { identityOf, sessionOf } from '../identity.ts'
import { assertPassword } from '../passwords.ts'
import { showTime } from '../seconds.ts'
import { FRESH_SECONDS } from '../sessions.ts'
import { CodeText, closed, Nothing, PasswordText, RoleName, Time } from './schemas.ts'
import { checkPassword } from './sign-in.ts'

const Me = closed({
  kind: Type.Enum(['user', 'token', 'cli'], { description: 'An account, an API token, or the command line.' }),
  name: Type.String({ description: 'Who is calling.' }),
  role: RoleName,
  has_second_factor: Type.Boolean({ description: 'Whether the account has one.' }),
  fresh_until: Type.Union([Time, Type.Null()], {
    description: 'Until when the password counts as just entered; null without a session.',
  }),
})
const ChangePassword = closed({ current: PasswordText, password: PasswordText })
const Code = closed({ code: CodeText })
const tags = ['me']

/** What people do with their own account. */
export function addMeRoutes(app: FastifyInstance, parts: AdminParts): void {
  app.get(
    '/me',
    { config: { role: 'viewer' }, schema: { summary: 'Who is calling.', tags, response: { 200: Me } } },
    async (request) => {
      const { kind, name, role } = request.caller
      const { session } = identityOf(request)
      const account = session === undefined ? undefined : await parts.accounts.find(session.name)
      return {
        kind,
        name,
        role,
        has_second_factor: typeof account?.totp_secret === 'string',
        fresh_until: session === undefined ? null : showTime(session.confirmed_at + FRESH_SECONDS),
      }
    },
  )
  app.put<{ Body: Static<typeof ChangePassword> }>(
    '/me/password',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Change the own password; ends all other sessions.',
        tags,
        body: ChangePassword,
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      const session = sessionOf(request)
      const { current, password } = request.body
      const { user_id, name } = await checkPassword(parts, request, { username: session.name, password: current })
      assertPassword(password, name)
      const hash = await parts.passwords.hash(password)
      const deed = { action: 'password_change', resourceType: 'user', resourceId: name }
      await parts.trail.change(request, deed, async () => {
        await parts.accounts.setPassword(user_id, hash)
        await parts.sessions.revokeOthers(session)
      })
      reply.code(204)
    },
  )
  addSecondFactorRoutes(app, parts)
}

function addSecondFactorRoutes(app: FastifyInstance, { accounts, secondFactor, trail }: AdminParts): void {
  const deedOf = (action: string, name: string) => ({ action, resourceType: 'user', resourceId: name })
  app.post(
    '/me/second-factor',
    {
      config: { role: 'viewer', isSensitive: true },
      schema: {
        summary:
          'Begin to turn the second factor on: a secret for the authenticator app, which counts once it is confirmed.',
        tags,
        response: {
          200: closed({
            secret: Type.String({ description: 'Base32, for typing.' }),
            uri: Type.String({ description: 'otpauth URI.' }),
            qr_svg: Type.String({ description: 'The URI as a QR code, an SVG image.' }),
          }),
        },
      },
    },
    async (request) => secondFactor.enrol(await accounts.get(sessionOf(request).name)),
  )
  app.put<{ Body: Static<typeof Code> }>(
    '/me/second-factor',
    {
      config: { role: 'viewer', isSensitive: true },
      schema: {
        summary: 'Turn the second factor on with the first code; answers with the recovery codes, this once.',
        tags,
        body: Code,
        response: { 200: closed({ recovery_codes: Type.Array(Type.String(), { description: 'Each is good once.' }) }) },
      },
    },
    async (request) => {
      const account = await accounts.get(sessionOf(request).name)
      const deed = deedOf('second_factor_on', account.name)
      const codes = await trail.change(request, deed, () => secondFactor.confirm(account, request.body.code))
      if (codes === undefined)
        throw withPointer(
          new BadInput('The code is wrong, or the secret is older than ten minutes: begin again.'),
          '/code',
        )
      return { recovery_codes: codes }
    },
  )
  app.post<{ Body: Static<typeof Code> }>(
    '/me/second-factor/off',
    {
      config: { role: 'viewer', isSensitive: true },
      schema: { summary: 'Turn the second factor off, with a code.', tags, body: Code, response: { 204: Nothing } },
    },
    async (request, reply) => {
      const account = await accounts.get(sessionOf(request).name)
      if (!(await secondFactor.accept(account, request.body.code))) throw new BadLogin()
      await trail.change(request, deedOf('second_factor_off', account.name), () => secondFactor.turnOff(account))
      reply.code(204)
    },
  )
}
