import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Static, TObject } from 'typebox'
import { systemClock } from './clock.ts'
import { compileHeaderEdits, type HeaderEditor } from './header-edits.ts'
import { createServices, type Host, hostOf } from './host.ts'
import type { PluginDefinition } from './plugin.ts'
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
  const host: Host = {
    clock: systemClock,
    log: app.log,
    routeHost: '',
    service: (plugin) => services.get(plugin),
    onFinish: (listener) => listeners.push(listener),
  }
  standaloneHosts.add(host)
  app.decorate('gateway', host)
  app.decorateRequest('gateway', { getter: recordOf })
  app.addHook('onResponse', (request, reply, done) => {
    request.gateway.status = reply.statusCode
    for (const listener of listeners) listener(request.gateway)
    done()
  })
  app.addHook('onClose', () => services.stop())
  addStandaloneBodyLimit(app)
}

function recordOf(this: FastifyRequest): RequestRecord {
  let record = records.get(this.raw)
  if (record === undefined) {
    record = createRecord(this)
    records.set(this.raw, record)
  }
  return record
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
  if (!standaloneHosts.has(hostOf(app))) return
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

/** Applies header edits to a reply that Fastify will send. */
export function applyToReply(editor: HeaderEditor, reply: FastifyReply, record: RequestRecord): void {
  const before = reply.getHeaders()
  const flat = toFlat(before)
  editor(flat, record, reply.statusCode)
  const after = toObject(flat)
  for (const name of Object.keys(before)) if (!(name in after)) reply.removeHeader(name)
  for (const [name, value] of Object.entries(after)) {
    // Fastify adds to Set-Cookie instead of replacing it.
    if (name === 'set-cookie') reply.removeHeader(name)
    reply.header(name, value)
  }
}

function toFlat(headers: Readonly<Record<string, number | string | readonly string[] | undefined>>): string[] {
  const flat: string[] = []
  for (const [name, value] of Object.entries(headers)) {
    for (const single of Array.isArray(value) ? value : [value])
      if (single !== undefined) flat.push(name, String(single))
  }
  return flat
}

function toObject(flat: readonly string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = Object.create(null)
  for (let i = 0; i < flat.length; i += 2) {
    const name = (flat[i] as string).toLowerCase()
    const value = flat[i + 1] as string
    const earlier = headers[name]
    headers[name] = earlier === undefined ? value : Array.isArray(earlier) ? [...earlier, value] : [earlier, value]
  }
  return headers
}
