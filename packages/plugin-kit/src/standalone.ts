import type { ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Static, TObject } from 'typebox'
import { applyToReply, toFlat, toObject } from './apply-to-reply.ts'
import { compileHeaderEdits } from './header-edits.ts'
import { createServices, type Host } from './host.ts'
import { InFlightList } from './in-flight.ts'
import type { PluginDefinition } from './plugin.ts'
import { RequestEntry } from './request-entry.ts'
import { RequestRecord } from './request-record.ts'
import { addStandaloneBodyLimit } from './standalone-body-limit.ts'

const records = new WeakMap<object, RequestRecord>()
const standaloneHosts = new WeakSet<Host>()

/**
 * Gives a Fastify app outside the gateway what core gives a route app: a record for each request, services that end with
 * the app, and the limit on bodies. There is no trust in forwarding headers here; Fastify's `trustProxy` decides. Does
 * nothing where a host is already.
 */
export function prepareStandalone(app: FastifyInstance): void {
  if (app.hasDecorator('gateway')) return
  const services = createServices({ log: app.log })
  const listeners: ((record: RequestRecord) => void)[] = []
  const entryListeners: ((entry: RequestEntry) => void)[] = []
  const inFlight = new InFlightList()
  const host: Host = {
    ...services.host,
    routeHost: '',
    routeId: 0,
    inFlight,
    onFinish: (listener) => listeners.push(listener),
    onEntry: (listener) => entryListeners.push(listener),
  }
  standaloneHosts.add(host)
  app.decorate('gateway', host)
  app.decorateRequest('gateway', {
    getter(this: FastifyRequest) {
      return recordOf(this)
    },
  })
  app.addHook('onRequest', (request, reply, done) => {
    const record = recordOf(request)
    const running = { record, response: reply.raw, place: -1 }
    inFlight.add(running)
    // Not `onResponse`: it does not run where the client leaves.
    reply.raw.once('close', () => {
      finishRecord(record, reply.raw)
      inFlight.remove(running)
      for (const listener of listeners) listener(record)
      if (entryListeners.length === 0) return
      const { clock, redactor } = host
      const times = { endedAt: clock.wallNow(), now: clock.now() }
      const entry = new RequestEntry(record, { ...times, redactor, routeId: 0, backend: '' })
      for (const listener of entryListeners) listener(entry)
    })
    done()
  })
  app.addHook('onClose', () => services.stop())
  addStandaloneBodyLimit(app)
}

function recordOf(request: FastifyRequest): RequestRecord {
  let record = records.get(request.raw)
  if (record === undefined) {
    record = createRecord(request)
    records.set(request.raw, record)
  }
  return record
}

function finishRecord(record: RequestRecord, { statusCode, writableFinished }: ServerResponse): void {
  record.isFinished = true
  record.isAborted = !writableFinished
  record.status = statusCode
}

function createRecord(request: FastifyRequest): RequestRecord {
  const { raw } = request
  const record = new RequestRecord({
    method: request.method,
    target: request.url,
    rawHeaders: raw.rawHeaders,
    httpVersion: raw.httpVersion,
    peerAddress: request.ip,
    startedAt: performance.now(),
  })
  record.host = request.hostname
  record.hostHeader = request.host
  record.scheme = request.protocol
  record.path = request.url.split('?', 1)[0] ?? '/'
  record.policyPath = record.path.toLowerCase()
  for (const text of raw.rawHeaders) record.headerBytes += text.length + 2
  record.headerCount = raw.rawHeaders.length / 2
  record.userAgent = raw.headers['user-agent'] ?? ''
  record.referrer = raw.headers.referer ?? ''
  record.declaredBodyBytes =
    raw.headers['transfer-encoding'] === undefined ? Number(raw.headers['content-length'] ?? 0) : -1
  return record
}

/** Outside the gateway, where no core does it, applies a plugin's header edits: behind its own hooks, as core does. */
export function addStandaloneEdits<S extends TObject>(
  app: FastifyInstance,
  definition: PluginDefinition<S>,
  options: Static<S>,
): void {
  if (!standaloneHosts.has(app.gateway)) return
  const editRequest = compileHeaderEdits(definition.upstream?.(options).headers ?? [])
  if (editRequest !== undefined) {
    app.addHook('onRequest', (request, _reply, done) => {
      const flat = toFlat(request.raw.headers)
      editRequest(flat, request.gateway)
      request.raw.headers = toObject(flat)
      done()
    })
  }
  const editResponse = compileHeaderEdits(definition.response?.(options).headers ?? [])
  if (editResponse !== undefined) {
    app.addHook('onSend', (request, reply, payload, done) => {
      applyToReply(editResponse, reply, request.gateway)
      done(null, payload)
    })
  }
}
