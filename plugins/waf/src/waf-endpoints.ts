import { createAccountRead, listAnswer, type ServiceHost } from '@drawbridge/plugin-kit'
import type { FastifyInstance } from 'fastify'
import type { Static } from 'typebox'
import { NotAccounted } from './errors.ts'
import { EventQuery, searchEvents, WafEvent } from './event-search.ts'
import { createReport, ReportAnswer, ReportQuery } from './report.ts'
import { listRules, RulesAnswer } from './rule-list.ts'
import { TestAnswer, TestBody, testRequest } from './test-request.ts'
import type { ValueInspector } from './value-inspector.ts'

const AIMED_BY = ['client', 'request_id', 'path_prefix']

/** Adds the endpoints below `/api/waf`. */
export function addEndpoints(app: FastifyInstance, host: ServiceHost, inspector: ValueInspector): void {
  const accountRead = createAccountRead(host, { resourceType: 'waf_blocks', aimedBy: AIMED_BY, NotAccounted })
  app.get<{ Querystring: EventQuery }>(
    '/waf/events',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'What the WAF found, newest first',
        querystring: EventQuery,
        response: { 200: listAnswer('events', WafEvent) },
      },
    },
    async ({ query, caller, id }) => {
      await accountRead({ caller, id, query })
      return searchEvents(host, query)
    },
  )
  app.get<{ Querystring: ReportQuery }>(
    '/waf/report',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'What the WAF would have blocked, by rule, path and parameter, with the exclusion to paste',
        querystring: ReportQuery,
        response: { 200: ReportAnswer },
      },
    },
    async ({ query, caller, id }) => {
      await accountRead({ caller, id, query })
      return createReport(host, query)
    },
  )
  app.get(
    '/waf/rules',
    {
      config: { role: 'viewer' },
      schema: { summary: 'The rules of the WAF, and how often they fired', response: { 200: RulesAnswer } },
    },
    async () => listRules(host),
  )
  app.post<{ Body: Static<typeof TestBody> }>(
    '/waf/test',
    {
      config: { role: 'operator' },
      schema: {
        summary: 'How the WAF judges a request that is not sent',
        body: TestBody,
        response: { 200: TestAnswer },
      },
    },
    async ({ body }) => testRequest(body, host, inspector),
  )
}
