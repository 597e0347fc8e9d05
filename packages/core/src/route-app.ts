import { type IncomingMessage, Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { PluginUse } from '@drawbridge/config'
import {
  type Host,
  InFlightList,
  type Log,
  PHASES,
  plainRedactor,
  type Redactor,
  RequestEntry,
  type RequestRecord,
  type ServiceHost,
  type Services,
} from '@drawbridge/plugin-kit'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { FORWARDED_METHODS } from './forwarder.ts'
import { addAnswerHooks, answerPlainly } from './route-answers.ts'
import type { RequestContext, RouteTarget } from './route-target.ts'

/** Where the front leaves the context of a request for its route app. */
export const kContext = Symbol('drawbridge.context')

/** An incoming message that the front has read. */
export type FrontRequest = IncomingMessage & { [kContext]: RequestContext }

/** What all route apps of a process share. */
export interface RouteAppDependencies {
  readonly services: Services
  /** Of what happens because of requests. */
  readonly log: Log
  /** The stable number of a route, by its first host name; 0 where it has none (yet). */
  readonly routeIdOf: (host: string) => number
  readonly onFinish: ((record: RequestRecord) => void) | undefined
}

/** The Fastify instance that serves one route, and its place in the front. */
export interface RouteApp {
  readonly hash: string
  readonly hosts: readonly string[]
  /** Protocols that a client of this route may upgrade to. */
  readonly upgrades: readonly string[]
  handle(request: FrontRequest, response: ServerResponse): void
  /**
   * Takes the app out of service: waits for its requests, cuts its tunnels after `deadlineMs`, or, when the whole gateway stops, as soon
   * as nothing else runs. Then closes it.
   */
  retire(deadlineMs: number, isStopping?: boolean): Promise<void>
}

/** Builds and readies the app of a target. Rejects when a plugin does not start: then nothing is left behind. */
export async function createRouteApp(target: RouteTarget, dependencies: RouteAppDependencies): Promise<RouteApp> {
  const listeners: Listeners = { ofRecords: [], ofEntries: [] }
  const inFlight = new InFlightList<RequestContext>()
  if (dependencies.onFinish !== undefined) listeners.ofRecords.push(dependencies.onFinish)
  const host = createHost(target, dependencies, { ...listeners, inFlight })
  const app = createFastify()
  app.decorate('gateway', host)
  app.decorateRequest('gateway', {
    getter(this: FastifyRequest) {
      return contextOf(this).record
    },
  })
  app.setErrorHandler((error: FastifyError, request, reply) => answerPlainly(error, request, reply))
  // Plugins stand in a context of their own, so that one of them may set the error handler of the route.
  app.register(async (context) => {
    addPlugins(context, target.plugins)
    // Behind the plugins' hooks: header edits come last.
    context.register(fp(async (last) => addAnswerHooks(last, target.editResponse)))
    context.register(fp(async (last) => target.mount(last, contextOf)))
  })
  try {
    await app.ready()
  } catch (error) {
    target.release()
    // Plugins that did start have something to end.
    await app.close().catch(() => {})
    throw error
  }
  return serve(app, { target, listeners, host, inFlight })
}

interface Listeners {
  readonly ofRecords: ((record: RequestRecord) => void)[]
  readonly ofEntries: ((entry: RequestEntry) => void)[]
}

function contextOf(request: FastifyRequest): RequestContext {
  return (request.raw as FrontRequest)[kContext]
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
function addPlugins(app: FastifyInstance, plugins: readonly PluginUse[]): void {
  const isTrace = (use: PluginUse) => use.plugin.phase === PHASES[0]
  for (const { plugin, options } of plugins.filter(isTrace)) app.register(plugin.route, options)
  app.register(fp(async (context) => addRefusalHook(context)))
  for (const { plugin, options } of plugins.filter((use) => !isTrace(use))) app.register(plugin.route, options)
}

function addRefusalHook(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => done(request.gateway.refusal))
}

function createHost(
  target: RouteTarget,
  { services, log, routeIdOf }: RouteAppDependencies,
  { ofRecords, ofEntries, inFlight }: Listeners & Pick<Host, 'inFlight'>,
): Host {
  const routeHost = target.hosts[0] ?? ''
  return {
    ...services.host,
    log,
    routeHost,
    get routeId() {
      return routeHost === '' ? 0 : routeIdOf(routeHost)
    },
    redactor: createRedactor(target.plugins, services.host),
    inFlight,
    onFinish: (listener) => ofRecords.push(listener),
    onEntry: (listener) => ofEntries.push(listener),
  }
}

/** The redactor of a route: of the plugin that makes one, or none where the operator has turned that off. */
function createRedactor(plugins: readonly PluginUse[], { pseudonyms }: ServiceHost): Redactor {
  const use = plugins.find(({ plugin }) => plugin.redactor !== undefined)
  return use?.plugin.redactor?.(use.options, pseudonyms) ?? plainRedactor
}

interface Service {
  readonly target: RouteTarget
  readonly listeners: Listeners
  readonly host: Host
  readonly inFlight: InFlightList<RequestContext>
}

/** Counts the requests of a ready app and tells everybody when one is over. */
function serve(app: FastifyInstance, { target, listeners, host, inFlight }: Service): RouteApp {
  let onRequestOver = () => {}
  const { routing } = app
  /** Clients of tunnels, and those that still wait for one: the server does not count them among its connections any more. */
  const upgraded = new Set<Duplex>()

  function finish(this: ServerResponse): void {
    const context = (this.req as FrontRequest)[kContext]
    const { record } = context
    if (record.isFinished) return
    record.isFinished = true
    if (record.status === 0 && this.headersSent) record.status = this.statusCode
    record.exchange?.clientClosed()
    // A tunnel has its own end; with a cause it was the gateway that broke off.
    if (!this.writableFinished && record.status !== 101 && record.cause === '') record.isAborted = true
    tell(listeners.ofRecords, record, host.log)
    if (listeners.ofEntries.length > 0) tell(listeners.ofEntries, createEntry(record, host, target.backend), host.log)
    inFlight.remove(context)
    onRequestOver()
  }

  return {
    hash: target.hash,
    hosts: target.hosts,
    upgrades: target.upgrades,
    handle(request, response) {
      const context = request[kContext]
      inFlight.add(context)
      response.on('close', finish)
      const { upgrade } = context
      if (upgrade !== undefined) {
        upgraded.add(upgrade.socket)
        upgrade.socket.once('close', () => upgraded.delete(upgrade.socket))
      }
      routing(request, response)
    },
    async retire(deadlineMs, isStopping = false) {
      const cutUpgraded = () => {
        for (const socket of upgraded) socket.destroy()
      }
      const timer = setTimeout(cutUpgraded, deadlineMs).unref()
      await new Promise<void>((resolve) => {
        const before = onRequestOver
        onRequestOver = () => {
          before()
          if (inFlight.size === 0) resolve()
          else if (isStopping && inFlight.size === target.tunnels.size) cutUpgraded()
        }
        onRequestOver()
      })
      clearTimeout(timer)
      target.release()
      await app.close()
    },
  }
}

/** What is recorded of a finished request: here it leaves its secrets behind. */
function createEntry(record: RequestRecord, { clock, redactor, routeId }: Host, backend: string): RequestEntry {
  return new RequestEntry(record, { redactor, routeId, backend, endedAt: clock.wallNow(), now: clock.now() })
}

/** Observers fail open: one that throws costs a log line, not the process. */
function tell<T extends { readonly requestId: string }>(
  listeners: readonly ((finished: T) => void)[],
  finished: T,
  log: Log,
): void {
  for (const listener of listeners) {
    try {
      listener(finished)
    } catch (error) {
      log.error({ request_id: finished.requestId, err: error }, 'an observer of finished requests failed')
    }
  }
}
