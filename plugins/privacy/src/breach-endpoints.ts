import { decodeCursor, listAnswer, listQuery, type ServiceHost, toPage } from '@drawbridge/plugin-kit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { account, auditFacts } from './accountability.ts'
import { collectEvidence } from './breach-evidence.ts'
import {
  BreachAnswer,
  BreachBody,
  CloseBody,
  EvidenceAnswer,
  IdParams,
  NoteBody,
  TemplateAnswer,
} from './breach-schemas.ts'
import { notificationDraft } from './breach-template.ts'
import {
  addNote,
  type Breach,
  type BreachNote,
  closeBreach,
  dueAt,
  isRunning,
  listBreaches,
  openBreach,
  readBreach,
  readNotes,
} from './breaches.ts'
import { BadTime } from './errors.ts'
import { LanguageQuery } from './fact-endpoints.ts'
import { privacyOptionsOf } from './options.ts'
import { defaultRoute } from './processing.ts'
import { requesterOf } from './subject-endpoints.ts'

const HOUR = 3_600
const DAY = 24 * HOUR

const BreachQuery = listQuery({})
const TemplateQuery = Type.Object({ language: LanguageQuery }, { additionalProperties: false })
type IdRequest = FastifyRequest<{ Params: Static<typeof IdParams> }>

/** Adds the breach files (GDPR Art. 33). */
export function addBreachEndpoints(app: FastifyInstance, host: ServiceHost): void {
  addFiles(app, host)
  addChanges(app, host)
  app.get(
    '/privacy/breaches/:id/evidence',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'What is stored of the time of a breach',
        params: IdParams,
        response: { 200: EvidenceAnswer },
      },
    },
    async (request: IdRequest) => {
      const breach = await readBreach(host.storage, request.params.id)
      await auditBreach(host, request, 'breach_evidence')
      return collectEvidence(host, breach, await readNotes(host.storage, breach.id))
    },
  )
  app.get<{ Params: Static<typeof IdParams>; Querystring: Static<typeof TemplateQuery> }>(
    '/privacy/breaches/:id/notification',
    {
      config: { role: 'operator' },
      schema: {
        summary: 'Draft of the notification to the supervisory authority',
        params: IdParams,
        querystring: TemplateQuery,
        response: { 200: TemplateAnswer },
      },
    },
    async ({ params, query }) => {
      const breach = await readBreach(host.storage, params.id)
      const notes = await readNotes(host.storage, breach.id)
      const privacy = privacyOptionsOf(defaultRoute(host))
      return { text: notificationDraft({ breach, notes, privacy }, query.language) }
    },
  )
}

function addFiles(app: FastifyInstance, host: ServiceHost): void {
  app.post<{ Body: Static<typeof BreachBody> }>(
    '/privacy/breaches',
    {
      config: { role: 'operator' },
      schema: { summary: 'Opens a breach file: 72 hours run', body: BreachBody, response: { 201: BreachAnswer } },
    },
    async (request, reply) => {
      const now = nowOf(host)
      const fresh = { ...timesOf(request.body, now), openedBy: request.caller.name }
      await auditBreach(host, request, 'breach_opened')
      const breach = await openBreach(host.storage, { ...request.body, ...fresh }, now)
      host.events.emit('breach_opened', { breach_id: breach.id, due_at: dueAt(breach) })
      reply.code(201)
      return toAnswer(breach, [], now)
    },
  )
  app.get<{ Querystring: Static<typeof BreachQuery> }>(
    '/privacy/breaches',
    {
      config: { role: 'operator' },
      schema: {
        summary: 'Breach files, newest first, without their notes',
        querystring: BreachQuery,
        response: { 200: listAnswer('breaches', BreachAnswer) },
      },
    },
    async ({ query: { limit, cursor } }) => {
      const after = cursor === undefined ? undefined : decodeCursor(cursor, 2)
      const breaches = await listBreaches(host.storage, limit + 1, after)
      const shown = breaches.map((breach) => toAnswer(breach, [], nowOf(host)))
      return toPage('breaches', shown, { limit, keyOf: ({ opened_at, id }) => [opened_at, id] })
    },
  )
  app.get(
    '/privacy/breaches/:id',
    {
      config: { role: 'operator' },
      schema: { summary: 'A breach file with its notes', params: IdParams, response: { 200: BreachAnswer } },
    },
    async ({ params }: IdRequest) => readAnswer(host, params.id),
  )
}

function addChanges(app: FastifyInstance, host: ServiceHost): void {
  app.post<{ Params: Static<typeof IdParams>; Body: Static<typeof NoteBody> }>(
    '/privacy/breaches/:id/notes',
    {
      config: { role: 'operator' },
      schema: { summary: 'Adds a note', params: IdParams, body: NoteBody, response: { 200: BreachAnswer } },
    },
    async (request) => {
      const { params, body, caller } = request
      const breach = await readBreach(host.storage, params.id)
      const now = nowOf(host)
      await auditBreach(host, request, body.authority_notified ? 'breach_authority_notified' : 'breach_note')
      const note: BreachNote = { written_at: now, written_by: caller.name, text: body.text }
      await addNote(host.storage, breach, { ...note, notifiedAt: body.authority_notified ? now : undefined })
      return readAnswer(host, params.id)
    },
  )
  app.post<{ Params: Static<typeof IdParams>; Body: Static<typeof CloseBody> }>(
    '/privacy/breaches/:id/close',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Closes a breach file with its conclusion',
        params: IdParams,
        body: CloseBody,
        response: { 200: BreachAnswer },
      },
    },
    async (request) => {
      const { params, body } = request
      const breach = await readBreach(host.storage, params.id)
      await auditBreach(host, request, 'breach_closed')
      await closeBreach(host.storage, breach, { at: nowOf(host), conclusion: body.conclusion })
      return readAnswer(host, params.id)
    },
  )
}

async function auditBreach(host: ServiceHost, request: FastifyRequest, action: string): Promise<void> {
  const { id } = request.params as { id?: string }
  const entry = { ...auditFacts(requesterOf(request)), resourceType: 'breach', action }
  await account(host, id === undefined ? entry : { ...entry, resourceId: id })
}

async function readAnswer(host: ServiceHost, id: string) {
  const breach = await readBreach(host.storage, id)
  return toAnswer(breach, await readNotes(host.storage, id), nowOf(host))
}

function toAnswer(breach: Breach, notes: readonly BreachNote[], now: number) {
  const due = dueAt(breach)
  return {
    id: breach.id,
    title: breach.title,
    happened: breach.happened,
    opened_at: breach.openedAt,
    opened_by: breach.openedBy,
    noticed_at: breach.noticedAt,
    began_at: breach.beganAt,
    ended_at: breach.endedAt ?? null,
    due_at: due,
    hours_left: isRunning(breach) ? Math.floor((due - now) / HOUR) : null,
    is_overdue: isRunning(breach) && now > due,
    notified_at: breach.notifiedAt ?? null,
    closed_at: breach.closedAt ?? null,
    conclusion: breach.conclusion ?? null,
    notes,
  }
}

/** The window of the evidence begins a day before the breach was noticed, unless told otherwise. */
function timesOf(body: Static<typeof BreachBody>, now: number): Pick<Breach, 'noticedAt' | 'beganAt' | 'endedAt'> {
  const noticedAt = body.noticed_at ?? now
  const beganAt = body.began_at ?? noticedAt - DAY
  if (noticedAt > now) throw new BadTime('"noticed_at" is in the future.')
  if (body.ended_at !== undefined && body.ended_at < beganAt) throw new BadTime('"ended_at" is before "began_at".')
  return { noticedAt, beganAt, endedAt: body.ended_at }
}

function nowOf({ clock }: ServiceHost): number {
  return Math.floor(clock.wallNow() / 1000)
}
