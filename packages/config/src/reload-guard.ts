import path from 'node:path'
import type { BuiltRoutes } from './build-routes.ts'
import type { Discovery } from './discovery.ts'
import type { FindingFacts } from './finding.ts'
import type { LoadContext } from './load-context.ts'
import type { GatewayConfig } from './model.ts'
import { routeSpan } from './route.ts'

/** What the guard compares. */
export interface GuardedLoad {
  readonly found: Discovery
  readonly built: BuiltRoutes
  /** The configuration that is running, if one is. */
  readonly previous: GatewayConfig | undefined
}

/**
 * Looks at a routes folder that is missing, unreadable or empty. At a reload that is an error: a mount that went away
 * must not take the routes with it. At the first start it is a warning, unless the configuration names the folder.
 * False when there is an error.
 */
export function guardRoutes(context: LoadContext, { found, built, previous }: GuardedLoad): boolean {
  const { folder, routesFolder } = found
  if (folder === undefined || hasFolderRoutes(found, built) || hasFileErrors(context, found)) return true
  const state = folder.problem ?? 'has no routes'
  const add = (facts: FindingFacts) => {
    if (folder.span === undefined) context.findings.addToFile(found.file, facts)
    else context.findings.add(folder.span, { ...facts, path: ['routes'] })
  }
  if (previous !== undefined && hadRoutes(previous, { found, built })) {
    const message = `the folder ${routesFolder} ${state}, but ${previous.routes.length} routes are running; they are kept`
    add({ code: 'routes-vanished', message, hint: 'to serve no routes, restart the gateway' })
    return false
  }
  if (folder.problem !== undefined && (folder.isNamed || folder.isMissing !== true)) {
    add({ code: 'file-unreadable', message: `the folder ${routesFolder} ${folder.problem}` })
    return false
  }
  if (built.routes.length > 0) return true
  const message = `there are no routes: the folder ${routesFolder} ${state}`
  add({ severity: 'warning', code: 'no-routes', message, hint: 'put a file with "host:" and "backend:" there' })
  return true
}

function hasFolderRoutes({ routesFolder }: Discovery, { routes }: BuiltRoutes): boolean {
  return routes.some(({ document }) => isIn(routesFolder, routeSpan(document).source.file))
}

/** Files with errors of their own say enough. */
function hasFileErrors({ parsed }: LoadContext, { routeFiles }: Discovery): boolean {
  return routeFiles.some(({ file }) => parsed.get(path.resolve(file))?.findings.length !== 0)
}

function hadRoutes({ routes }: GatewayConfig, { found, built }: Omit<GuardedLoad, 'previous'>): boolean {
  if (built.routes.length === 0) return routes.length > 0
  return routes.some(({ position }) => isIn(found.routesFolder, position.file))
}

function isIn(folder: string, file: string): boolean {
  return path.dirname(path.resolve(file)) === path.resolve(folder)
}
