import { STATUS_CODES } from 'node:http'
import { redactFacts, type ServiceHost } from '@drawbridge/plugin-kit'
import type { ErrorObject } from 'ajv'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'

/** What is wrong at one place of the request. */
interface Particular {
  /** `body`, `querystring`, `params` or `headers`. */
  readonly in: string
  /** JSON pointer (RFC 6901). */
  readonly pointer: string
  readonly detail: string
}

/** An error as errors of the admin app and of Fastify have it. */
type AdminError = FastifyError & { readonly retryAfter?: number; readonly pointer?: string }

/** Codes of the database that mean: not now. */
const STORAGE_CODES = /^DRAWBRIDGE_DB_(?:UNAVAILABLE|BUSY|QUERY_TIMEOUT|CLOSED|CANNOT_OPEN|CORRUPT|NOT_A_DATABASE)$/

/** Makes the function that answers with an error as problem+json (RFC 9457). What the client should not know is logged. */
export function createProblemSender({ log, redactor, storage }: ServiceHost) {
  return function sendProblem(error: AdminError, request: FastifyRequest, reply: FastifyReply): void {
    const status = statusOf(error, storage.problem !== undefined)
    // That the database is away is said once, where it is noticed: strangers must not fill the log with it.
    const isKnown = status === 503 && (storage.problem !== undefined || error.code === 'DRAWBRIDGE_ADMIN_BUSY')
    if (status >= 500 && !isKnown)
      log.error(
        { ...redactFacts({ err: error }, redactor), request_id: request.id, endpoint: request.routeOptions.url },
        'a request to the admin API failed',
      )
    if (status === 401) reply.header('www-authenticate', 'Bearer realm="drawbridge"')
    if (error.retryAfter !== undefined) reply.header('retry-after', error.retryAfter)
    reply.code(status).header('content-type', 'application/problem+json; charset=utf-8')
    // A serializer of its own: the endpoint's response schema is about its answers.
    reply.serializer(JSON.stringify).send({
      type: 'about:blank',
      title: STATUS_CODES[status],
      status,
      detail: redactor.text(detailOf(error, status)),
      instance: `urn:uuid:${request.id}`,
      request_id: request.id,
      code: codeOf(error, status),
      ...particularsOf(error),
    })
  }
}

function statusOf({ code, statusCode = 500, validation }: AdminError, isStorageAway: boolean): number {
  if (validation !== undefined) return 400
  if (statusCode !== 500) return statusCode
  return STORAGE_CODES.test(code) || (isStorageAway && code?.startsWith('DRAWBRIDGE_DB_')) ? 503 : 500
}

function detailOf({ message, validation, code }: AdminError, status: number): string {
  if (validation !== undefined) return 'The request does not have the form that this endpoint takes: see errors.'
  if (status === 500) return 'Something failed in the gateway. Its log says what, under this request id.'
  return code?.startsWith('DRAWBRIDGE_DB_') ? 'The database is not available.' : message
}

function codeOf({ code, validation }: AdminError, status: number): string {
  if (validation !== undefined) return 'DRAWBRIDGE_ADMIN_INVALID_REQUEST'
  return status === 500 ? 'DRAWBRIDGE_ADMIN_INTERNAL' : (code ?? 'DRAWBRIDGE_ADMIN_REFUSED')
}

function particularsOf(error: AdminError): { errors?: readonly Particular[] } {
  const { validation, validationContext = 'body', pointer, message } = error
  if (pointer !== undefined) return { errors: [{ in: 'body', pointer, detail: message }] }
  if (validation === undefined) return {}
  return { errors: (validation as ErrorObject[]).map((one) => ({ in: validationContext, ...describe(one) })) }
}

function describe({ instancePath, keyword, params, message = 'is not allowed' }: ErrorObject): Omit<Particular, 'in'> {
  const at = (key: unknown) => `${instancePath}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`
  switch (keyword) {
    case 'additionalProperties':
      return { pointer: at(params.additionalProperty), detail: `"${params.additionalProperty}" is not known here.` }
    case 'required':
      return { pointer: at(params.missingProperty), detail: `"${params.missingProperty}" is missing.` }
    case 'enum':
      return { pointer: instancePath, detail: `It must be one of ${params.allowedValues.join(', ')}.` }
    default:
      return { pointer: instancePath, detail: `It ${message}.` }
  }
}
