import { createAccountRead, listAnswer, type ServiceHost } from '@drawbridge/plugin-kit'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { NoSuchRequest, NotAccounted } from './errors.ts'
import { ErrorEntry, LogEntry } from './log-entry.ts'
import { ErrorQuery, LogQuery } from './log-query.ts'
import { createLogSearch } from './log-search.ts'

const RequestParams = Type.Object(
  { request_id: Type.String({ description: 'The request id.', minLength: 1, maxLength: 128 }) },
  { additionalProperties: false },
)

const RequestAnswer = Type.Object(
  {
    logs: Type.Array(LogEntry, { description: 'Requests with this id, newest first.' }),
    errors: Type.Array(ErrorEntry, { description: 'Failures with this id: they are kept for longer.' }),
  },
  { additionalProperties: false },
)

const AIMED_BY = ['client', 'request_id', 'path_contains', 'path_prefix']

/** Adds the endpoints below `/api/logs` and `/api/errors`. Nothing is shown before it is accounted for. */
export function addLogEndpoints(app: FastifyInstance, host: ServiceHost): void {
  const search = createLogSearch(host)
  const accountRequests = createAccountRead(host, { resourceType: 'request_logs', aimedBy: AIMED_BY, NotAccounted })
  const accountErrors = createAccountRead(host, { resourceType: 'error_logs', aimedBy: AIMED_BY, NotAccounted })
  app.get<{ Querystring: LogQuery }>(
    '/logs',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Requests, newest first',
        querystring: LogQuery,
        response: { 200: listAnswer('logs', LogEntry) },
      },
    },
    async ({ query, caller, id }) => {
      await accountRequests({ caller, id, query })
      return search.logs(query)
    },
  )
  app.get<{ Params: Static<typeof RequestParams> }>(
    '/logs/:request_id',
    {
      config: { role: 'viewer' },
      schema: { summary: 'What is recorded of one request', params: RequestParams, response: { 200: RequestAnswer } },
    },
    async ({ params, caller, id }) => {
      await accountRequests({ caller, id, query: params })
      const found = await search.byRequestId(params.request_id)
      if (found.logs.length + found.errors.length === 0) throw new NoSuchRequest(params.request_id)
      return found
    },
  )
  app.get<{ Querystring: ErrorQuery }>(
    '/errors',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Failed and refused requests, newest first',
        querystring: ErrorQuery,
        response: { 200: listAnswer('errors', ErrorEntry) },
      },
    },
    async ({ query, caller, id }) => {
      await accountErrors({ caller, id, query })
      return search.errors(query)
    },
  )
}
