import { decodeCursor, listAnswer, listQuery, type ServiceHost, toPage } from '@drawbridge/plugin-kit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { collectData } from './access-request.ts'
import type { Requester } from './accountability.ts'
import { NotFound } from './errors.ts'
import type { PrivacyService } from './privacy-service.ts'
import { listReceipts, readReceipt } from './receipts.ts'
import { resolveSubject, type SubjectInput } from './subject.ts'

const MAX_REQUEST_IDS = 1_000
const MAX_REQUEST_ID = 128

const SubjectBody = Type.Object(
  {
    ip: Type.Optional(Type.String({ description: 'One address.', minLength: 2, maxLength: 45 })),
    cidr: Type.Optional(Type.String({ description: 'A network: `203.0.113.0/24`.', minLength: 4, maxLength: 49 })),
    text: Type.Optional(
      Type.String({ description: 'An e-mail address or name, found anywhere in text.', minLength: 1, maxLength: 254 }),
    ),
    request_ids: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: MAX_REQUEST_ID }), {
        description: 'Ids of requests.',
        minItems: 1,
        maxItems: MAX_REQUEST_IDS,
      }),
    ),
    dry_run: Type.Boolean({ description: 'Only counts: shows and erases nothing.', default: false }),
  },
  { additionalProperties: false, description: 'Whose data: exactly one of `ip`, `cidr`, `text`, `request_ids`.' },
)

const IdParams = Type.Object({ id: Type.String({ description: 'Id of the receipt.', maxLength: 64 }) })

const SubjectFacts = Type.Object(
  {
    kind: Type.String({ description: '`ip`, `cidr`, `text` or `request_ids`.' }),
    fingerprint: Type.String({ description: 'Keyed hash that tells subjects apart and names none.' }),
  },
  { additionalProperties: false, description: 'Whose data it is.' },
)

const ReceiptAnswer = Type.Object(
  {
    id: Type.String({ description: 'Id of the receipt.' }),
    requested_at: Type.Integer({ description: 'Seconds since 1970.' }),
    completed_at: Type.Integer({ description: 'Seconds since 1970.' }),
    actor: Type.Object(
      { kind: Type.String({ description: 'Kind of actor.' }), name: Type.String({ description: 'Its name.' }) },
      { additionalProperties: false, description: 'Who erased.' },
    ),
    subject: SubjectFacts,
    dry_run: Type.Boolean({ description: 'Whether it was only counted.' }),
    count: Type.Integer({ description: 'Records erased, or that would be.' }),
    places: Type.Array(
      Type.Object(
        {
          kind: Type.String({ description: '`table` or `files`.' }),
          name: Type.String({ description: 'Name of the table or file store.' }),
          plugin: Type.String({ description: 'Whose it is.' }),
          action: Type.String({ description: '`deleted`, `cleared`, `kept` or `not searched`.' }),
          count: Type.Integer({ description: 'Records.' }),
          reason: Type.Optional(Type.String({ description: 'Why nothing was erased there.' })),
        },
        { additionalProperties: false },
      ),
      { description: 'What was done where.' },
    ),
    pseudonym_days: Type.Array(Type.String(), { description: 'Days (UTC) whose pseudonyms were looked for.' }),
    is_compacted: Type.Boolean({ description: 'Whether the bytes are out of the files of the database.' }),
    notes: Type.Array(Type.String(), { description: 'What could not be found, and why.' }),
    reapplied: Type.Optional(
      Type.Object(
        {
          at: Type.Integer({ description: 'Seconds since 1970.' }),
          count: Type.Integer({ description: 'Records erased again.' }),
        },
        { additionalProperties: false, description: 'Done again, after an older copy of the database had come back.' },
      ),
    ),
  },
  { additionalProperties: false },
)

const AccessAnswer = Type.Object(
  {
    generated_at: Type.Integer({ description: 'Seconds since 1970.' }),
    subject: SubjectFacts,
    dry_run: Type.Boolean({ description: 'Whether it was only counted.' }),
    count: Type.Integer({ description: 'Records found.' }),
    places: Type.Array(
      Type.Object(
        {
          kind: Type.String({ description: '`table` or `files`.' }),
          name: Type.String({ description: 'Name of the table or file store.' }),
          holds: Type.Object(
            { en: Type.String({ description: 'English.' }), de: Type.String({ description: 'German.' }) },
            { additionalProperties: false, description: 'What a record is.' },
          ),
          count: Type.Integer({ description: 'Records found there.' }),
          is_complete: Type.Boolean({ description: 'False where only the first 10,000 are shown.' }),
          records: Type.Array(Type.Record(Type.String(), Type.Unknown()), { description: 'The records as stored.' }),
        },
        { additionalProperties: false },
      ),
      { description: 'Where something was found.' },
    ),
    notes: Type.Array(Type.String(), { description: 'What could not be found, and why.' }),
  },
  { additionalProperties: false },
)

const ReapplyAnswer = Type.Object(
  {
    erasures: Type.Integer({ description: 'Erasures that the database did not know of.' }),
    count: Type.Integer({ description: 'Records erased again.' }),
  },
  { additionalProperties: false },
)

const ReceiptQuery = listQuery({})
type SubjectRequest = FastifyRequest<{ Body: SubjectInput & { readonly dry_run: boolean } }>

/** Adds access requests, erasures and their receipts. */
export function addSubjectEndpoints(app: FastifyInstance, host: ServiceHost, service: PrivacyService): void {
  const { fingerprints, erasures } = service
  const config = { role: 'admin', isSensitive: true } as const
  app.post(
    '/privacy/access',
    {
      config,
      schema: {
        summary: 'Everything stored about somebody (GDPR Art. 15)',
        body: SubjectBody,
        response: { 200: AccessAnswer },
      },
    },
    async (request: SubjectRequest) => {
      const subject = resolveSubject(request.body, host.pseudonyms)
      const requester = requesterOf(request)
      return collectData(host, { subject, requester, isDryRun: request.body.dry_run, fingerprints })
    },
  )
  app.post(
    '/privacy/erasure',
    {
      config,
      schema: {
        summary: 'Erases what is stored about somebody (GDPR Art. 17)',
        body: SubjectBody,
        response: { 200: ReceiptAnswer },
      },
    },
    async (request: SubjectRequest) => {
      const subject = resolveSubject(request.body, host.pseudonyms)
      return erasures.erase(subject, { isDryRun: request.body.dry_run, requester: requesterOf(request) })
    },
  )
  app.post(
    '/privacy/reapply',
    {
      config,
      schema: { summary: 'Erases again what a restored database brought back', response: { 200: ReapplyAnswer } },
    },
    async () => erasures.reapply(),
  )
  addReceiptEndpoints(app, host)
}

function addReceiptEndpoints(app: FastifyInstance, { storage }: ServiceHost): void {
  app.get<{ Querystring: Static<typeof ReceiptQuery> }>(
    '/privacy/receipts',
    {
      config: { role: 'operator' },
      schema: {
        summary: 'Receipts of erasures, newest first',
        querystring: ReceiptQuery,
        response: { 200: listAnswer('receipts', ReceiptAnswer) },
      },
    },
    async ({ query: { limit, cursor } }) => {
      const after = cursor === undefined ? undefined : decodeCursor(cursor, 2)
      const receipts = await listReceipts(storage, limit + 1, after)
      return toPage('receipts', receipts, { limit, keyOf: ({ requested_at, id }) => [requested_at, id] })
    },
  )
  app.get<{ Params: Static<typeof IdParams> }>(
    '/privacy/receipts/:id',
    {
      config: { role: 'operator' },
      schema: { summary: 'One receipt', params: IdParams, response: { 200: ReceiptAnswer } },
    },
    async ({ params: { id } }) => {
      const receipt = await readReceipt(storage, id)
      if (receipt === undefined) throw new NotFound('receipt', id)
      return receipt
    },
  )
}

/** Who sent a request, for the audit log. */
export function requesterOf({ caller, id }: Pick<FastifyRequest, 'caller' | 'id'>): Requester {
  const { kind, name, source, address } = caller
  return { actor: { kind, name }, source, address, requestId: String(id) }
}
