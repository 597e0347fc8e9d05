import path from 'node:path'
import type { Discovery, RouteDocument, RouteFile, RoutesFolder } from './discovery.ts'
import type { LoadContext } from './load-context.ts'
import { type ConfigNode, child, inFile, type MapNode } from './node.ts'
import { reasonOf } from './read-file.ts'
import { expandInclude, listRouteFiles } from './route-files.ts'

type Main = Pick<Discovery, 'file' | 'inline'> & { readonly main: MapNode }

/** Follows `routes:` and `include:` of drawbridge.yaml. */
export function discoverRoutes(context: LoadContext, found: Main): Discovery {
  const base = path.dirname(found.file)
  const routesFolder = path.join(base, 'routes')
  const routes = child(found.main, 'routes')
  const included = includedFiles(context, found.main, base)
  if (routes === undefined) return withFolder(context, { ...found, routesFolder }, { isNamed: false, included })
  if (routes.kind === 'list') {
    const inline = [...found.inline, ...inlineRoutes(context, routes.items)]
    return { ...found, inline, routesFolder, routeFiles: included }
  }
  const span = inFile(routes.origin)
  if (routes.kind === 'scalar' && typeof routes.value === 'string' && routes.value !== '') {
    const named = { ...found, routesFolder: joinPath(base, routes.value) }
    return withFolder(context, named, { isNamed: true, included, ...(span === undefined ? {} : { span }) })
  }
  const message = '"routes" must be a folder or a list of routes'
  if (span !== undefined) context.findings.add(span, { code: 'wrong-type', message, path: ['routes'] })
  return { ...found, routesFolder, routeFiles: included }
}

function inlineRoutes({ findings }: LoadContext, items: readonly ConfigNode[]): RouteDocument[] {
  return items.flatMap((node, index) => {
    const at = ['routes', index]
    if (node.kind === 'map') return [{ node, path: at }]
    const span = inFile(node.origin)
    const hint = 'folders and files of routes stand in "include"'
    const message = 'a route must be a block of keys'
    if (span !== undefined) findings.add(span, { code: 'wrong-type', message, hint, path: at })
    return []
  })
}

/** Adds the files of the routes folder, then the included ones that are not among them. */
export function withFolder(
  context: LoadContext,
  found: Omit<Discovery, 'folder' | 'routeFiles'>,
  { included = [], ...folder }: RoutesFolder & { readonly included?: readonly RouteFile[] },
): Discovery {
  try {
    const listed = listRouteFiles(context.readers, found.routesFolder).filter((file) => !isSame(file, found.file))
    const extra = included.filter(({ file }) => !listed.some((other) => isSame(file, other)))
    return { ...found, folder, routeFiles: [...listed.map((file) => ({ file })), ...extra] }
  } catch (error) {
    const problem = reasonOf(error)
    return { ...found, folder: { ...folder, problem, isMissing: problem === 'does not exist' }, routeFiles: included }
  }
}

function includedFiles({ readers, findings }: LoadContext, main: MapNode, base: string): RouteFile[] {
  const include = child(main, 'include')
  const files = new Map<string, RouteFile>()
  for (const node of include?.kind === 'list' ? include.items : []) {
    const mention = inFile(node.origin)
    // Whatever is no text is reported with the other settings.
    if (node.kind !== 'scalar' || typeof node.value !== 'string' || mention === undefined) continue
    const entry = joinPath(base, node.value)
    const expanded = expandInclude(readers, entry)
    if ('problem' in expanded) {
      findings.add(mention, { code: 'file-unreadable', message: expanded.problem })
      continue
    }
    if (expanded.files.length === 0)
      findings.add(mention, { severity: 'warning', code: 'no-routes', message: `${entry} has no route files` })
    for (const file of expanded.files) files.set(path.resolve(file), { file, mention })
  }
  return [...files.values()]
}

function joinPath(base: string, written: string): string {
  return path.isAbsolute(written) ? path.normalize(written) : path.join(base, written)
}

function isSame(a: string, b: string): boolean {
  return path.resolve(a) === path.resolve(b)
}
