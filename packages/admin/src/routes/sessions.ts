import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { AdminParts } from '../admin-parts.ts'
import { NotFound } from '../errors.ts'
import { sessionOf } from '../identity.ts'
import { showTime } from '../seconds.ts'
import { closed, Nothing, Time } from './schemas.ts'

const SessionEntry = closed({
  id: Type.String({ description: 'For DELETE /api/sessions/:id.' }),
  created_at: Time,
  last_seen_at: Time,
  address: Type.String({ description: 'From where it was opened, masked.' }),
  user_agent: Type.String({ description: 'The browser.' }),
  is_current: Type.Boolean({ description: 'Whether this request came with it.' }),
})
const SessionId = closed({ id: Type.String({ description: 'A session.', maxLength: 64 }) })
const tags = ['sessions']

/** The caller's own sessions. */
export function addSessionRoutes(app: FastifyInstance, parts: AdminParts): void {
  app.get(
    '/sessions',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'The own sessions; at most 20, the newest first.',
        tags,
        response: { 200: closed({ sessions: Type.Array(SessionEntry), next_cursor: Type.Null() }) },
      },
    },
    async (request) => {
      const { user_id, session_id } = sessionOf(request)
      const rows = await parts.sessions.list(user_id)
      const shown = rows.map(({ session_id: id, created_at, last_seen_at, ...row }) => ({
        ...row,
        id,
        created_at: showTime(created_at),
        last_seen_at: showTime(last_seen_at),
        is_current: id === session_id,
      }))
      return { sessions: shown, next_cursor: null }
    },
  )
  addRevocationRoutes(app, parts)
}

function addRevocationRoutes(app: FastifyInstance, { sessions, trail }: AdminParts): void {
  const deedOf = (name: string, notes: string) => ({
    action: 'session_revoke',
    resourceType: 'session',
    resourceId: name,
    notes,
  })
  app.delete(
    '/sessions',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'End all own sessions but this one.',
        tags,
        response: { 200: closed({ ended: Type.Integer({ description: 'How many there were.' }) }) },
      },
    },
    async (request) => {
      const session = sessionOf(request)
      const deed = deedOf(session.name, 'all but the one in use')
      return { ended: await trail.change(request, deed, () => sessions.revokeOthers(session)) }
    },
  )
  app.delete<{ Params: Static<typeof SessionId> }>(
    '/sessions/:id',
    {
      config: { role: 'viewer' },
      schema: { summary: 'End one of the own sessions.', tags, params: SessionId, response: { 204: Nothing } },
    },
    async (request, reply) => {
      const { user_id, name } = sessionOf(request)
      const deed = deedOf(name, 'one session')
      const isEnded = await trail.change(request, deed, () => sessions.revoke(user_id, request.params.id))
      if (!isEnded) throw new NotFound('session')
      reply.code(204)
    },
  )
}
