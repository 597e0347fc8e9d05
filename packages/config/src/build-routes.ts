import type { Plugin } from '@drawbridge/plugin-kit'
import type { Discovery, RouteDocument } from './discovery.ts'
import { createFindings } from './finding.ts'
import { hashOf } from './hash.ts'
import { interpolate } from './interpolate.ts'
import type { LoadContext } from './load-context.ts'
import type { DefaultRouteConfig, ListenAddress } from './model.ts'
import { inFile, type MapNode } from './node.ts'
import { createPluginResolver } from './plugin-resolver.ts'
import { type BuiltRoute, buildRoute, type RouteContext, resolvePlugins, routeSpan } from './route.ts'
import { createSource, formatPosition, positionOf } from './source.ts'

const DEFAULT_ROUTE_PHASES = new Set(['trace', 'gate', 'guard', 'respond', 'record'])

/** All routes of a load, and what unknown hosts get. */
export interface BuiltRoutes {
  readonly routes: readonly BuiltRoute[]
  readonly defaultRoute: DefaultRouteConfig
  /** Whether every plugin of the default route could be resolved. */
  readonly isDefaultRouteRight: boolean
}

/** What buildRoutes needs besides the context. */
export interface RouteSettings {
  readonly plugins: readonly Plugin[]
  readonly defaults: MapNode | undefined
  readonly listeners: readonly ListenAddress[]
}

/**
 * Builds every route of the configuration; findings go to the context. A host that is given twice serves the first
 * route.
 */
export function buildRoutes(context: LoadContext, found: Discovery, settings: RouteSettings): BuiltRoutes {
  const shared: RouteContext = { ...settings, resolve: createPluginResolver(), readText: context.readText }
  const errorsBefore = context.findings.errorCount()
  const defaultRoute = buildDefaultRoute(context, found, shared)
  const isDefaultRouteRight = context.findings.errorCount() === errorsBefore
  const routes = readDocuments(context, found).map((document) => buildRoute(shared, document))
  for (const { findings } of routes) context.findings.addAll(findings)
  return { routes: withoutDoubleHosts(context, routes), defaultRoute, isDefaultRouteRight }
}

function buildDefaultRoute({ findings }: LoadContext, found: Discovery, shared: RouteContext): DefaultRouteConfig {
  const plugins = shared.plugins.filter(({ phase }) => DEFAULT_ROUTE_PHASES.has(phase))
  const node: MapNode = shared.defaults ?? { kind: 'map', entries: new Map(), origin: 'default' }
  const fallback = inFile(node.origin) ?? { source: createSource(found.file, ''), start: 0, end: 0 }
  const uses = resolvePlugins(findings, { node, path: ['defaults'], fallback }, { ...shared, plugins })
  return { plugins: uses, hash: hashOf(uses.map(({ plugin, options }) => [plugin.name, options])) }
}

function readDocuments(context: LoadContext, { inline, routeFiles }: Discovery): RouteDocument[] {
  const fromFiles = routeFiles.flatMap(({ file, mention }) => {
    const { documents = [], findings = [] } = context.parse(file, mention) ?? {}
    if (documents.length === 0 && findings.length === 0 && context.sources.has(file))
      context.findings.addToFile(file, { severity: 'warning', code: 'no-routes', message: `${file} has no route` })
    return documents.map((node) => fillIn(context, node))
  })
  return [...inline, ...fromFiles]
}

function fillIn(context: LoadContext, node: MapNode): RouteDocument {
  const findings = createFindings()
  const filled = interpolate({ ...context, findings }, node)
  context.findings.addAll(findings.list())
  return { node: filled, path: [], isBroken: findings.errorCount() > 0 }
}

function withoutDoubleHosts(context: LoadContext, routes: readonly BuiltRoute[]): BuiltRoute[] {
  const owners = new Map<string, string>()
  return routes.map((route) => {
    let isDouble = false
    for (const [index, host] of route.hosts.entries()) {
      const node = route.merged.entries.get('host')?.value
      const own = node?.kind === 'list' ? node.items[index] : node
      const span = inFile(own?.origin) ?? routeSpan(route.document)
      const owner = owners.get(host)
      owners.set(host, owner ?? formatPosition(positionOf(span)))
      if (owner === undefined) continue
      isDouble = true
      const message = `the host "${host}" is already served by the route at ${owner}`
      context.findings.add(span, { code: 'duplicate-host', message, path: [...route.document.path, 'host'] })
    }
    if (!isDouble) return route
    const { config: _refused, ...rest } = route
    return rest
  })
}
