import type { IncomingMessage, ServerResponse } from 'node:http'
import { Server, STATUS_CODES } from 'node:http'
import type { DefaultRouteConfig, PluginUse, RouteConfig } from '@drawbridge/config'
import type { Dispatch } from '@drawbridge/plugin-kit'
import {
  applyToReply,
  type Clock,
  compileHeaderEdits,
  type Host,
  type Log,
  PHASES,
  type RequestRecord,
  type Services,
} from '@drawbridge/plugin-kit'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { UnknownHost } from './errors.ts'
import type { ForwardPlan } from './forward-plan.ts'
import { FORWARDED_METHODS, ForwardExchange, type UpgradeSocket } from './forwarder.ts'
import { lingerAfterAnswer } from './lingering-close.ts'
import type { Tunnel } from './tunnel.ts'
import type { Upstream, Upstreams } from './upstreams.ts'

/** What is attached to a request between front and route app. */
export interface RequestContext {
  readonly record: RequestRecord
  readonly upgrade: UpgradeSocket | undefined
}

/** Where the front leaves the context of a request for its route app. */
export const kContext = Symbol('drawbridge.context')

/** An incoming message that the front has read. */
export type FrontRequest = IncomingMessage & { [kContext]: RequestContext }

/** What all route apps of a process share. */
export interface RouteAppDependencies {
  readonly services: Services
  readonly upstreams: Upstreams
  readonly clock: Clock
  readonly log: Log
  readonly viaName: string
  readonly onFinish: ((record: RequestRecord) => void) | undefined
}

/** The Fastify instance that serves one route, and its place in the front. */
export interface RouteApp {
  readonly hash: string
  readonly hosts: readonly string[]
  /** Protocols that a client of this route may upgrade to. */
  readonly upgrades: readonly string[]
  handle(request: FrontRequest, response: ServerResponse): void
  /** Takes the app out of service: waits for its requests, cuts its tunnels after `deadlineMs`, then closes it. */
  retire(deadlineMs: number): Promise<void>
}

/** Builds and readies the app of a route. Rejects when a plugin does not start: then nothing is left behind. */
export async function createRouteApp(config: RouteConfig, dependencies: RouteAppDependencies): Promise<RouteApp> {
  const upstreamParts = config.plugins.flatMap(({ plugin, options }) => plugin.upstream?.(options) ?? [])
  const upstream = dependencies.upstreams.acquire(config.backend, {
    connectTimeoutMs: upstreamParts.findLast((part) => part.connectTimeoutMs !== undefined)?.connectTimeoutMs,
    keepAliveTimeoutMs: upstreamParts.findLast((part) => part.keepAliveTimeoutMs !== undefined)?.keepAliveTimeoutMs,
  })
  const responseParts = config.plugins.flatMap(({ plugin, options }) => plugin.response?.(options) ?? [])
  const plan: ForwardPlan = {
    routeHost: config.hosts[0] ?? '',
    backendSource: config.backend.source,
    basePath: config.backend.basePath,
    host: hostFor(config),
    viaName: dependencies.viaName,
    forwarded: config.forwarded,
    dispatch: upstreamParts.reduce<Dispatch>((inner, part) => part.intercept?.(inner) ?? inner, upstream.dispatch),
    editRequest: compileHeaderEdits(upstreamParts.flatMap((part) => part.headers ?? [])),
    editResponse: compileHeaderEdits(responseParts.flatMap((part) => part.headers ?? [])),
    replacers: responseParts.filter((part) => part.replace !== undefined),
    claimers: responseParts.filter((part) => part.claimsBody !== undefined),
    tunnels: new Set(),
    clock: dependencies.clock,
    log: dependencies.log,
  }
  const target: Target = {
    hosts: config.hosts,
    upgrades: config.upgrades,
    hash: config.hash,
    plugins: config.plugins,
    editResponse: plan.editResponse,
    tunnels: plan.tunnels,
    upstream,
    answer: (request, reply) => forward(plan, request, reply),
  }
  return buildApp(target, dependencies).catch((error) => {
    upstream.release()
    throw error
  })
}

/** Builds the app for hosts that no route serves: traced, guarded and recorded like any, answered with 404. */
export function createDefaultApp(config: DefaultRouteConfig, dependencies: RouteAppDependencies): Promise<RouteApp> {
  const responseParts = config.plugins.flatMap(({ plugin, options }) => plugin.response?.(options) ?? [])
  return buildApp(
    {
      hosts: [],
      upgrades: [],
      hash: config.hash,
      plugins: config.plugins,
      editResponse: compileHeaderEdits(responseParts.flatMap((part) => part.headers ?? [])),
      tunnels: new Set(),
      upstream: undefined,
      answer(_request, reply) {
        reply.header('connection', 'close')
        throw new UnknownHost()
      },
    },
    dependencies,
  )
}

interface Target {
  readonly hosts: readonly string[]
  readonly upgrades: readonly string[]
  readonly hash: string
  readonly plugins: readonly PluginUse[]
  readonly editResponse: ForwardPlan['editResponse']
  readonly tunnels: Set<Tunnel>
  readonly upstream: Upstream | undefined
  answer(request: FastifyRequest, reply: FastifyReply): void
}

async function buildApp(target: Target, dependencies: RouteAppDependencies): Promise<RouteApp> {
  const listeners: ((record: RequestRecord) => void)[] =
    dependencies.onFinish === undefined ? [] : [dependencies.onFinish]
  const host = createHost(target, dependencies, listeners)
  const app = createFastify()
  app.decorate('gateway', host)
  app.decorateRequest('gateway', {
    getter(this: FastifyRequest) {
      return (this.raw as FrontRequest)[kContext].record
    },
  })
  app.setErrorHandler((error: FastifyError, request, reply) => answerPlainly(error, request, reply))
  // Plugins stand in a context of their own, so that one of them may set the error handler of the route.
  app.register(async (context) => {
    addPlugins(context, target)
    context.register(fp(async (last) => addAnswer(last, target)))
  })
  await app.ready()
  return serve(app, target, listeners)
}

function createFastify(): FastifyInstance {
  const app = Fastify({
    // The front owns the sockets; this server only receives what Fastify insists on attaching to one.
    serverFactory: () => new Server(),
    exposeHeadRoutes: false,
    return503OnClosing: false,
    genReqId: () => '',
    routerOptions: { querystringParser: () => NO_QUERY, maxParamLength: 65_536 },
  })
  // To Fastify no method has a body: it then never parses one, and the forwarder streams it.
  for (const method of FORWARDED_METHODS) app.addHttpMethod(method, { hasBody: false, overrideExisting: true })
  return app
}

const NO_QUERY = Object.freeze({})

/** Plugins in the order of their phases, with the front's own refusals right behind the trace phase. */
function addPlugins(app: FastifyInstance, { plugins }: Target): void {
  const isTrace = (use: PluginUse) => PHASES.indexOf(use.plugin.phase) === 0
  for (const { plugin, options } of plugins.filter(isTrace)) app.register(plugin.route, options)
  app.register(fp(async (context) => addRefusalHook(context)))
  for (const { plugin, options } of plugins.filter((use) => !isTrace(use))) app.register(plugin.route, options)
}

function addRefusalHook(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => done(request.gateway.refusal))
}

/** Bad request, too slow, too large, URL too long, headers too large. */
const UNFIT = new Set([400, 408, 413, 414, 431])

/** The end of the way: whatever answers, and what every answer through Fastify gets. */
function addAnswer(app: FastifyInstance, { editResponse, answer }: Target): void {
  app.route({ method: [...FORWARDED_METHODS], url: '*', handler: answer })
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
    lingerAfterAnswer(request.raw, reply.raw)
    done(null, payload)
  })
}

/** Leaves in the record why the gateway answers by itself. What nobody threw on purpose is a fault and goes to the log. */
function noteError(record: RequestRecord, error: FastifyError, log: Log): void {
  // The forwarder has noted and logged its own already.
  if (record.cause !== '') return
  record.cause = error.code ?? 'DRAWBRIDGE_CORE_FAILED'
  if (error.statusCode !== undefined && error.statusCode >= 400) return
  log.error({ request_id: record.requestId, host: record.routeHost, err: error }, 'a request failed in the gateway')
}

function createHost(
  target: Target,
  dependencies: RouteAppDependencies,
  listeners: ((record: RequestRecord) => void)[],
): Host {
  return {
    clock: dependencies.clock,
    log: dependencies.log,
    routeHost: target.hosts[0] ?? '',
    service: (plugin) => dependencies.services.get(plugin),
    onFinish: (listener) => listeners.push(listener),
  }
}

function forward(plan: ForwardPlan, request: FastifyRequest, reply: FastifyReply): void {
  const raw = request.raw as FrontRequest
  const { record, upgrade } = raw[kContext]
  new ForwardExchange(plan, { record, request: raw, response: reply.raw, reply, upgrade }).start()
}

/** The answer to an error when no plugin makes a nicer one: status and request id, nothing else. */
function answerPlainly(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const status = error.statusCode !== undefined && error.statusCode >= 400 ? error.statusCode : 500
  const { requestId } = request.gateway
  const id = requestId === '' ? '' : `Request ID: ${requestId}\n`
  reply
    .code(status)
    .type('text/plain; charset=utf-8')
    .send(`${status} ${STATUS_CODES[status] ?? 'Error'}\n${id}`)
}

function serve(
  app: FastifyInstance,
  target: Target,
  listeners: readonly ((record: RequestRecord) => void)[],
): RouteApp {
  let inFlight = 0
  let onIdle: (() => void) | undefined
  const { routing } = app

  function finish(this: ServerResponse): void {
    const { record } = (this.req as FrontRequest)[kContext]
    if (record.isFinished) return
    record.isFinished = true
    if (record.status === 0) record.status = this.statusCode
    ;(record.exchange as ForwardExchange | undefined)?.clientClosed()
    if (!this.writableFinished && record.exchange?.phase !== 'done') record.isAborted = true
    for (const listener of listeners) listener(record)
    inFlight -= 1
    if (inFlight === 0) onIdle?.()
  }

  return {
    hash: target.hash,
    hosts: target.hosts,
    upgrades: target.upgrades,
    handle(request, response) {
      inFlight += 1
      response.on('close', finish)
      routing(request, response)
    },
    async retire(deadlineMs) {
      const cut = setTimeout(() => {
        for (const tunnel of target.tunnels) tunnel.destroy()
      }, deadlineMs)
      cut.unref()
      if (inFlight > 0) await new Promise<void>((resolve) => (onIdle = resolve))
      clearTimeout(cut)
      target.upstream?.release()
      await app.close()
    },
  }
}

function hostFor({ hostHeader, backend }: RouteConfig): string | undefined {
  if (hostHeader === 'preserve') return undefined
  return hostHeader === 'upstream' ? new URL(backend.origin).host : hostHeader.name
}
