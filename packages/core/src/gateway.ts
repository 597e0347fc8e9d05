import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type { GatewayConfig, RouteConfig } from '@drawbridge/config'
import { createServices, type RequestRecord, type ServiceHostParts, type Services } from '@drawbridge/plugin-kit'
import { createBoundedLog } from './bounded-log.ts'
import { createProxyTrust } from './client-address.ts'
import { ShuttingDown } from './errors.ts'
import { createFront, type Front, type Routing } from './front.ts'
import { createHostIndex } from './host-index.ts'
import { createRouteApp, type RouteApp, type RouteAppDependencies } from './route-app.ts'
import { createBackendTarget, createDefaultTarget, type TargetDependencies } from './route-target.ts'
import { createUpstreams } from './upstreams.ts'

/** What a gateway is made from: its configuration, and the services of its plugins or what to make them from. */
export type GatewayOptions = ProxyOptions & ({ readonly services: Services } | ServiceHostParts)

interface ProxyOptions {
  readonly config: GatewayConfig
  /** The stable number of a route, by its first host name; 0 where it has none. */
  readonly routeIdOf?: (host: string) => number
  /** Called once per request of any route, also of unknown hosts, when its answer is complete or broken off. */
  readonly onFinish?: (record: RequestRecord) => void
}

/** What a reload did, in host names. */
export interface ApplyResult {
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  readonly unchanged: number
}

/** The running proxy. */
export interface Gateway {
  readonly services: Services
  /** Starts to listen. Rejects when the address is taken. */
  listen(): Promise<{ readonly address: string; readonly port: number }>
  /** Goes over to another configuration, route by route. Rejects, with everything as it was, when a route does not start. */
  apply(config: GatewayConfig): Promise<ApplyResult>
  /** Stops accepting, lets requests end, closes. After `deadlineMs` what still runs is cut. */
  close(deadlineMs?: number): Promise<void>
}

/** Builds every route app; nothing listens yet. Rejects when one does not start. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, routeIdOf = () => 0, onFinish, ...parts } = options
  // Services that were given are older than the proxy and outlive it: whoever made them stops them.
  const isGiven = 'services' in parts
  const services = isGiven ? parts.services : createServices(parts)
  const { clock } = services.host
  const log = createBoundedLog(services.host.log, clock)
  const upstreams = createUpstreams(clock)
  const viaName = `drawbridge-${randomBytes(4).toString('hex')}`
  const dependencies: Dependencies = { services, upstreams, clock, log, viaName, routeIdOf, onFinish }
  let running = await buildGeneration(config, undefined, dependencies)
  const front = createFront(running.routing, { ...config.listen, viaName, clock })
  let lastApply: Promise<unknown> = Promise.resolve()
  let closing: Promise<void> | undefined
  /** Apps that a reload replaced and that still have requests. */
  const retiring = new Set<RouteApp>()

  function retire(app: RouteApp, deadlineMs: number): void {
    retiring.add(app)
    app
      .retire(deadlineMs)
      .catch((error: Error) => log.error({ err: error, host: app.hosts[0] }, 'a replaced route did not close cleanly'))
      .finally(() => retiring.delete(app))
  }

  async function closeNow(deadlineMs: number): Promise<void> {
    await lastApply
    await stopServing(front, [...running.apps, ...retiring], deadlineMs)
    upstreams.destroy()
    log.stop()
    if (!isGiven) await services.stop()
  }

  async function applyNow(next: GatewayConfig): Promise<ApplyResult> {
    const before = running
    const generation = await buildGeneration(next, before, dependencies)
    running = generation
    front.route(generation.routing)
    const kept = new Set(generation.apps)
    for (const app of before.apps) if (!kept.has(app)) retire(app, next.shutdownTimeoutMs)
    return compare(before.apps, generation.apps)
  }

  return {
    services,
    async listen() {
      const { host, port } = config.listen.http
      await new Promise<void>((resolve, reject) => {
        front.server.once('error', reject)
        front.server.listen({ host, port, ipv6Only: false }, () => {
          front.server.off('error', reject)
          resolve()
        })
      })
      const address = front.server.address() as AddressInfo
      return { address: address.address, port: address.port }
    },
    apply(next) {
      if (closing !== undefined) return Promise.reject(new ShuttingDown())
      // One after the other: a slow build must not overtake a newer configuration.
      const applied = lastApply.then(() => applyNow(next))
      lastApply = applied.catch(() => {})
      return applied
    },
    close(deadlineMs = running.shutdownTimeoutMs) {
      closing ??= closeNow(deadlineMs)
      return closing
    },
  }
}

type Dependencies = RouteAppDependencies & TargetDependencies

interface Generation {
  readonly routing: Routing
  readonly apps: readonly RouteApp[]
  readonly shutdownTimeoutMs: number
}

/** Builds what changed and takes over what did not. On failure everything newly built is closed again. */
async function buildGeneration(
  config: GatewayConfig,
  previous: Generation | undefined,
  dependencies: Dependencies,
): Promise<Generation> {
  const before = new Map(previous?.apps.map((app) => [appKey(app.hosts, app.hash), app]))
  const built: RouteApp[] = []
  const reuse = async (key: string, build: () => Promise<RouteApp>): Promise<RouteApp> => {
    const kept = before.get(key)
    if (kept !== undefined) return kept
    const app = await build()
    built.push(app)
    return app
  }
  try {
    const entries = new Map<string, RouteApp>()
    const apps: RouteApp[] = []
    for (const route of config.routes) {
      const app = await reuse(appKey(route.hosts, route.hash), () => createNamedRouteApp(route, dependencies))
      apps.push(app)
      for (const host of route.hosts) entries.set(host, app)
    }
    const defaultApp = await reuse(appKey([], config.defaultRoute.hash), () =>
      createRouteApp(createDefaultTarget(config.defaultRoute), dependencies),
    )
    const routing = { index: createHostIndex(entries), defaultApp, trust: createProxyTrust(config.trustedProxies) }
    return { routing, apps: [...apps, defaultApp], shutdownTimeoutMs: config.shutdownTimeoutMs }
  } catch (error) {
    await Promise.all(built.map((app) => app.retire(0)))
    throw error
  }
}

async function createNamedRouteApp(route: RouteConfig, dependencies: Dependencies): Promise<RouteApp> {
  try {
    return await createRouteApp(createBackendTarget(route, dependencies), dependencies)
  } catch (error) {
    throw new Error(`route ${route.hosts[0]} does not start: ${(error as Error).message}`, { cause: error })
  }
}

function appKey(hosts: readonly string[], hash: string): string {
  return `${hosts.join(',')} ${hash}`
}

function compare(before: readonly RouteApp[], after: readonly RouteApp[]): ApplyResult {
  const names = (apps: readonly RouteApp[]) => new Set(apps.flatMap((app) => app.hosts))
  const [old, now] = [names(before), names(after)]
  const kept = names(after.filter((app) => before.includes(app)))
  return {
    added: [...now].filter((host) => !old.has(host)),
    removed: [...old].filter((host) => !now.has(host)),
    changed: [...now].filter((host) => old.has(host) && !kept.has(host)),
    unchanged: kept.size,
  }
}

async function stopServing(front: Front, apps: readonly RouteApp[], deadlineMs: number): Promise<void> {
  front.server.close()
  front.drain()
  const cut = setTimeout(() => front.server.closeAllConnections(), deadlineMs)
  cut.unref()
  await Promise.all(apps.map((app) => app.retire(deadlineMs, true)))
  front.server.closeAllConnections()
  clearTimeout(cut)
}
