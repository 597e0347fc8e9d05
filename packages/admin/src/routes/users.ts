import { decodeCursor, listAnswer, listQuery, toPage } from '@drawbridge/plugin-kit'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Account } from '../accounts.ts'
import type { AdminParts } from '../admin-parts.ts'
import { showTime } from '../seconds.ts'
import { closed, Nothing, RoleName, Time, UserName } from './schemas.ts'
import { ShownSetupToken, showSetupToken } from './setup.ts'

const User = closed({
  username: UserName,
  role: RoleName,
  has_password: Type.Boolean({ description: 'False until the person has set one with the setup token.' }),
  has_second_factor: Type.Boolean({ description: 'Whether sign-in wants a code too.' }),
  created_at: Time,
  last_login_at: Type.Union([Time, Type.Null()], { description: 'Null before the first sign-in.' }),
})
const ListUsers = listQuery({})
const AddUser = closed({ username: UserName, role: RoleName })
const SetRole = closed({ role: RoleName })
const Reset = closed({
  clear_2fa: Type.Boolean({ description: 'Turn the second factor off too.', default: false }),
})
const Name = closed({ name: UserName })
const admin = { role: 'admin' } as const
const sensitive = { role: 'admin', isSensitive: true } as const
const tags = ['users']

/** Accounts. Nobody ever sets another person's password: they get a setup token to pass on. */
export function addUserRoutes(app: FastifyInstance, parts: AdminParts): void {
  const { accounts, trail } = parts
  app.get<{ Querystring: Static<typeof ListUsers> }>(
    '/users',
    {
      config: admin,
      schema: {
        summary: 'All accounts, by name.',
        tags,
        querystring: ListUsers,
        response: { 200: listAnswer('users', User) },
      },
    },
    async ({ query: { cursor, limit } }) => {
      const [behind = ''] = cursor === undefined ? [] : decodeCursor(cursor, 1)
      const rows = await accounts.list(String(behind), limit + 1)
      return toPage('users', rows.map(showUser), { limit, keyOf: ({ username }) => [username] })
    },
  )
  app.post<{ Body: Static<typeof AddUser> }>(
    '/users',
    {
      config: sensitive,
      schema: {
        summary: 'Add an account: answers with the setup token for the person.',
        tags,
        body: AddUser,
        response: { 201: ShownSetupToken },
      },
    },
    async (request, reply) => {
      const { username, role } = request.body
      const deed = { action: 'user_add', resourceType: 'user', resourceId: username, after: { username, role } }
      const setup = await trail.change(request, deed, () => accounts.invite(username, role))
      reply.code(201)
      return showSetupToken(setup)
    },
  )
  addAccountRoutes(app, parts)
  addRescueRoutes(app, parts)
}

function addAccountRoutes(app: FastifyInstance, { accounts, sessions, tokens, trail }: AdminParts): void {
  const forget = ({ user_id }: Account) => {
    sessions.forget(user_id)
    tokens.forget(user_id)
  }
  app.put<{ Params: Static<typeof Name>; Body: Static<typeof SetRole> }>(
    '/users/:name',
    {
      config: sensitive,
      schema: { summary: 'Change a role.', tags, params: Name, body: SetRole, response: { 204: Nothing } },
    },
    async (request, reply) => {
      const account = await accounts.get(request.params.name)
      const { role } = request.body
      const deed = {
        action: 'user_role',
        resourceType: 'user',
        resourceId: account.name,
        before: { role: account.role },
        after: { role },
      }
      await trail.change(request, deed, () => accounts.setRole(account, role))
      forget(account)
      reply.code(204)
    },
  )
  app.delete<{ Params: Static<typeof Name> }>(
    '/users/:name',
    {
      config: sensitive,
      schema: {
        summary: 'Remove an account, its sessions and its tokens.',
        tags,
        params: Name,
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      const account = await accounts.get(request.params.name)
      const { name, role } = account
      const deed = { action: 'user_remove', resourceType: 'user', resourceId: name, before: { username: name, role } }
      await trail.change(request, deed, () => accounts.remove(account))
      forget(account)
      reply.code(204)
    },
  )
}

function addRescueRoutes(app: FastifyInstance, { accounts, sessions, throttle, trail }: AdminParts): void {
  app.post<{ Params: Static<typeof Name>; Body: Static<typeof Reset> }>(
    '/users/:name/reset-password',
    {
      config: sensitive,
      schema: {
        summary: 'Take the password away and end all sessions: answers with the setup token for the person.',
        tags,
        params: Name,
        body: Reset,
        response: { 201: ShownSetupToken },
      },
    },
    async (request, reply) => {
      const account = await accounts.get(request.params.name)
      const clears = request.body.clear_2fa
      const deed = {
        action: 'password_reset',
        resourceType: 'user',
        resourceId: account.name,
        ...(clears ? { notes: 'with the second factor' } : {}),
      }
      const setup = await trail.change(request, deed, () => accounts.reset(account, clears))
      sessions.forget(account.user_id)
      reply.code(201)
      return showSetupToken(setup)
    },
  )
  app.post<{ Params: Static<typeof Name> }>(
    '/users/:name/unlock',
    {
      config: admin,
      schema: { summary: 'Forget failed sign-ins of an account.', tags, params: Name, response: { 204: Nothing } },
    },
    async (request, reply) => {
      const { name } = await accounts.get(request.params.name)
      const deed = { action: 'user_unlock', resourceType: 'user', resourceId: name }
      await trail.change(request, deed, async () => throttle.unlock(name))
      reply.code(204)
    },
  )
}

function showUser(account: Account): Static<typeof User> {
  return {
    username: account.name,
    role: account.role,
    has_password: account.password_hash !== null,
    has_second_factor: account.totp_secret !== null,
    created_at: showTime(account.created_at),
    last_login_at: account.last_login_at === null ? null : showTime(account.last_login_at),
  }
}
