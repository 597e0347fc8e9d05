import type { DefaultRouteConfig, PluginUse, RouteConfig } from '@drawbridge/config'
import {
  type Clock,
  compileHeaderEdits,
  type Dispatch,
  type HeaderEditor,
  type InFlightEntry,
  type Log,
  type ResponsePart,
  type UpstreamPart,
} from '@drawbridge/plugin-kit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { BasePath } from './base-path.ts'
import { UnknownHost } from './errors.ts'
import type { ForwardPlan } from './forward-plan.ts'
import { FORWARDED_METHODS, ForwardExchange, type UpgradeSocket } from './forwarder.ts'
import type { Tunnel } from './tunnel.ts'
import type { Upstream, Upstreams } from './upstreams.ts'

/** What is attached to a request between front and route app. */
export interface RequestContext extends InFlightEntry {
  readonly upgrade: UpgradeSocket | undefined
}

/** What a route app serves, and what answers at the end of its way. */
export interface RouteTarget {
  readonly hosts: readonly string[]
  readonly upgrades: readonly string[]
  readonly hash: string
  /** Where requests go, as configured; empty for the default answer. */
  readonly backend: string
  readonly plugins: readonly PluginUse[]
  readonly editResponse: HeaderEditor | undefined
  readonly tunnels: Set<Tunnel>
  /** Adds the route that answers. */
  mount(app: FastifyInstance, contextOf: (request: FastifyRequest) => RequestContext): void | Promise<void>
  /** Gives back what the target holds: its connection pool. */
  release(): void
}

/** What building a target needs besides its configuration. */
export interface TargetDependencies {
  readonly upstreams: Upstreams
  readonly clock: Clock
  readonly log: Log
  readonly viaName: string
}

/** The target of a configured route: its backend. */
export function createBackendTarget(config: RouteConfig, dependencies: TargetDependencies): RouteTarget {
  const upstreamParts = config.plugins.flatMap(({ plugin, options }) => plugin.upstream?.(options) ?? [])
  const upstream = dependencies.upstreams.acquire(config.backend, {
    connectTimeoutMs: upstreamParts.findLast((part) => part.connectTimeoutMs !== undefined)?.connectTimeoutMs,
    keepAliveTimeoutMs: upstreamParts.findLast((part) => part.keepAliveTimeoutMs !== undefined)?.keepAliveTimeoutMs,
  })
  const plan = releaseOnError(upstream, () =>
    createPlan(config, { upstreamParts, dispatch: upstream.dispatch, dependencies }),
  )
  const { hosts, upgrades, hash, plugins } = config
  return {
    hosts,
    upgrades,
    hash,
    backend: config.backend.source,
    plugins,
    editResponse: plan.editResponse,
    tunnels: plan.tunnels,
    release: upstream.release,
    mount: (app, contextOf) => mountBackend(app, { config, plan, contextOf }),
  }
}

/** A pool must not outlive a route that could not be made. */
function releaseOnError<T>(upstream: Upstream, make: () => T): T {
  try {
    return make()
  } catch (error) {
    upstream.release()
    throw error
  }
}

/** The target for hosts that no route serves: a 404, traced, guarded and recorded like any answer. */
export function createDefaultTarget({ plugins, hash }: DefaultRouteConfig): RouteTarget {
  return {
    hosts: [],
    upgrades: [],
    hash,
    backend: '',
    plugins,
    editResponse: compileHeaderEdits(responseParts(plugins).flatMap((part) => part.headers ?? [])),
    tunnels: new Set(),
    release() {},
    mount(app) {
      app.route({
        method: [...FORWARDED_METHODS],
        url: '*',
        handler(_request, reply) {
          reply.header('connection', 'close')
          throw new UnknownHost()
        },
      })
    },
  }
}

interface PlanParts {
  readonly upstreamParts: readonly UpstreamPart[]
  readonly dispatch: Dispatch
  readonly dependencies: TargetDependencies
}

function createPlan(config: RouteConfig, { upstreamParts, dispatch, dependencies }: PlanParts): ForwardPlan {
  const parts = responseParts(config.plugins)
  return {
    routeHost: config.hosts[0] ?? '',
    backendSource: config.backend.source,
    basePath: basePathOf(config),
    host: hostFor(config),
    viaName: dependencies.viaName,
    forwarded: config.forwarded,
    dispatch: upstreamParts.reduce<Dispatch>((inner, part) => part.intercept?.(inner) ?? inner, dispatch),
    editRequest: compileHeaderEdits(upstreamParts.flatMap((part) => part.headers ?? [])),
    editResponse: compileHeaderEdits(parts.flatMap((part) => part.headers ?? [])),
    replacers: parts.filter((part) => part.replace !== undefined),
    claimers: parts.filter((part) => part.claimsBody !== undefined),
    tunnels: new Set(),
    clock: dependencies.clock,
    log: dependencies.log,
  }
}

function responseParts(plugins: readonly PluginUse[]): ResponsePart[] {
  return plugins.flatMap(({ plugin, options }) => plugin.response?.(options) ?? [])
}

function basePathOf({ backend: { basePath, origin } }: RouteConfig): BasePath | undefined {
  return basePath === '' ? undefined : { path: basePath, authority: new URL(origin).host }
}

function hostFor({ hostHeader, backend }: RouteConfig): string | undefined {
  if (hostHeader === 'preserve') return undefined
  return hostHeader === 'upstream' ? new URL(backend.origin).host : hostHeader.name
}

interface Mount {
  readonly config: RouteConfig
  readonly plan: ForwardPlan
  readonly contextOf: (request: FastifyRequest) => RequestContext
}

/**
 * A backend below a path is http-proxy's: it rewrites the prefix and sees to it that no destination leaves it. Elsewhere there is nothing
 * to rewrite, and its checks would be work for nothing (docs/decisions/0001).
 */
async function mountBackend(app: FastifyInstance, { config: { backend }, plan, contextOf }: Mount): Promise<void> {
  const forward = (request: FastifyRequest, reply: FastifyReply, path: string) => {
    const context = contextOf(request)
    // A hook may have waited longer than the client: nobody is left to ask the backend for.
    if (context.record.isFinished) return
    new ForwardExchange(plan, { ...context, request: request.raw, response: reply.raw, reply, path }).start()
  }
  if (backend.basePath === '') {
    const handler = (request: FastifyRequest, reply: FastifyReply) => forward(request, reply, request.raw.url as string)
    app.route({ method: [...FORWARDED_METHODS], url: '*', handler })
    return
  }
  const { default: httpProxy } = await import('@fastify/http-proxy')
  app.register(httpProxy, {
    upstream: backend.origin + backend.basePath,
    httpMethods: [...FORWARDED_METHODS],
    proxyPayloads: false,
    handler: (request: FastifyRequest, reply: FastifyReply, path: string) =>
      forward(request, reply, path + queryOf(request)),
  })
}

/** http-proxy hands over the path alone; the query goes on byte for byte. */
function queryOf(request: FastifyRequest): string {
  const url = request.raw.url as string
  const start = url.indexOf('?')
  return start === -1 ? '' : url.slice(start)
}
