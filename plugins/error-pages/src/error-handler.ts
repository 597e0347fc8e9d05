import type { DetailedError, Host } from '@drawbridge/plugin-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type CustomPages, findPage } from './custom-pages.ts'
import { english } from './english.ts'
import { german } from './german.ts'
import { htmlPage, PAGE_POLICY } from './html-page.ts'
import type { Language } from './language.ts'
import { chooseFormat, chooseLanguage } from './negotiate.ts'
import type { ErrorPagesOptions } from './options.ts'
import { isRefusal, type PageFacts, readError } from './page-facts.ts'
import { problemBody } from './problem.ts'
import { textPage } from './text-page.ts'

/** An error as it reaches the handler; `headers` are meant for the answer, as everywhere in Fastify. */
type AnsweredError = DetailedError & { readonly headers?: Readonly<Record<string, string | string[]>> }

/** Makes the error handler of a route. */
export function createErrorHandler(
  options: ErrorPagesOptions,
  pages: CustomPages,
  host: Host,
): (error: AnsweredError, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    logFault(error, request, host)
    if (error.headers !== undefined) reply.headers({ ...error.headers })
    const facts: PageFacts = {
      ...readError(error),
      language: languageFor(options, request),
      requestId: request.gateway.requestId,
      routeHost: host.routeHost,
      contact: options.contact ?? '',
      retryAfterSeconds: readRetryAfter(reply),
    }
    // Each error is about one request: nothing may keep and reuse it, so no `Vary` is needed either.
    reply.code(facts.status).headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    sendPage(reply, facts, { accept: request.headers.accept, pages })
  }
}

function sendPage(
  reply: FastifyReply,
  facts: PageFacts,
  { accept, pages }: { accept: string | undefined; pages: CustomPages },
): void {
  const format = chooseFormat(accept)
  const custom = format === 'html' ? findPage(pages, facts.status) : undefined
  if (custom !== undefined) {
    reply.type('text/html; charset=utf-8').send(custom(facts))
    return
  }
  reply.header('content-language', facts.language.code)
  if (format === 'json') reply.type('application/problem+json; charset=utf-8').send(problemBody(facts))
  else if (format === 'text') reply.type('text/plain; charset=utf-8').send(textPage(facts))
  else reply.header('content-security-policy', PAGE_POLICY).type('text/html; charset=utf-8').send(htmlPage(facts))
}

function languageFor({ language }: ErrorPagesOptions, { headers }: FastifyRequest): Language {
  if (language === 'auto') return chooseLanguage(headers['accept-language'])
  return language === 'de' ? german : english
}

/** Seconds; a date is left to the client's own reading. */
function readRetryAfter(reply: FastifyReply): number | undefined {
  const value = String(reply.getHeader('retry-after') ?? '')
  return /^\d{1,9}$/.test(value) ? Number(value) : undefined
}

/** Inside the gateway core has noted the cause, and logged what nobody threw on purpose; elsewhere nobody has. */
function logFault(error: AnsweredError, { gateway }: FastifyRequest, { log }: Host): void {
  if (gateway.cause !== '' || isRefusal(error)) return
  log.error({ request_id: gateway.requestId, code: error.code, err: error }, 'a request failed')
}
