import { STATUS_CODES } from 'node:http'
import { applyToReply, type HeaderEditor, type Log, type RequestRecord } from '@drawbridge/plugin-kit'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { lingerAfterAnswer } from './lingering-close.ts'

/** Bad request, too slow, too large, URL too long, headers too large. */
const UNFIT = new Set([400, 408, 413, 414, 431])

/** What every answer that Fastify sends gets: the route's header edits, a cause in the record, an end to unfit connections. */
export function addAnswerHooks(app: FastifyInstance, editResponse: HeaderEditor | undefined): void {
  app.addHook('onError', (request, _reply, error, done) => {
    noteError(request.gateway, error, app.gateway.log)
    done()
  })
  app.addHook('onSend', (request, reply, payload, done) => {
    const record = request.gateway
    if (editResponse !== undefined) applyToReply(editResponse, reply, record)
    // As nginx does: whoever sends what cannot be understood, or too much of it, is not listened to further.
    const isUnfit = record.exchange === undefined && UNFIT.has(reply.statusCode)
    if (isUnfit || record.refusal !== undefined) reply.header('connection', 'close')
    // What a backend sends is counted as it passes; a text is an answer of ours.
    if (typeof payload === 'string' || Buffer.isBuffer(payload))
      record.responseBodyBytes = record.method === 'HEAD' ? 0 : Buffer.byteLength(payload)
    lingerAfterAnswer(request.raw, reply.raw)
    done(null, payload)
  })
}

/** Leaves in the record and in the log why the gateway answers by itself: a request id that a visitor reports must lead somewhere. */
function noteError(record: RequestRecord, error: FastifyError, log: Log): void {
  // The forwarder has noted and logged its own already.
  if (record.cause !== '') return
  record.cause = error.code ?? 'DRAWBRIDGE_CORE_FAILED'
  const facts = { request_id: record.requestId, host: record.routeHost, code: record.cause }
  if (error.statusCode === undefined || error.statusCode < 400) {
    // What nobody threw on purpose is a fault.
    log.error({ ...facts, err: error }, 'a request failed in the gateway')
    return
  }
  log.info({ ...facts, status: error.statusCode }, error.message)
}

/** The answer to an error when no plugin makes a nicer one: status and request id, nothing else. */
export function answerPlainly(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const status = error.statusCode !== undefined && error.statusCode >= 400 ? error.statusCode : 500
  const { requestId } = request.gateway
  const id = requestId === '' ? '' : `Request ID: ${requestId}\n`
  reply
    .code(status)
    .type('text/plain; charset=utf-8')
    .send(`${status} ${STATUS_CODES[status] ?? 'Error'}\n${id}`)
}
