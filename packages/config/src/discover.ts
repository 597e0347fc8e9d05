import path from 'node:path'
import { discoverRoutes, withFolder } from './discover-routes.ts'
import type { Discovery } from './discovery.ts'
import { interpolate } from './interpolate.ts'
import type { LoadContext } from './load-context.ts'
import { inFile, type MapNode } from './node.ts'
import type { ParsedFile } from './parse-yaml.ts'

const MAIN_NAME = 'drawbridge.yaml'

/**
 * Finds out what `file` stands for: drawbridge.yaml, a folder with a drawbridge.yaml, a folder with `routes/`, a folder
 * of route files, or one file with routes.
 */
export function discover(context: LoadContext, file: string): Discovery {
  const names = namesIn(context, file)
  if (names === undefined) return discoverFile(context, file)
  const main = path.join(file, MAIN_NAME)
  // Once it was there, its absence is a mistake: without it the settings would fall back to their defaults.
  const hadMain = context.parsedEarlier(main) !== undefined
  if (names.includes(MAIN_NAME) || hadMain) return discoverFile(context, main)
  const routes = path.join(file, 'routes')
  const hasRoutes = names.includes('routes') && namesIn(context, routes) !== undefined
  return withFolder(context, { file: main, inline: [], routesFolder: hasRoutes ? routes : file }, { isNamed: true })
}

function namesIn({ readers }: LoadContext, folder: string): readonly string[] | undefined {
  try {
    return readers.readDir(folder)
  } catch {
    // Not a folder, or not readable; reading it as a file says which.
    return undefined
  }
}

function discoverFile(context: LoadContext, file: string): Discovery {
  const base = path.dirname(file)
  const parsed = context.parse(file)
  if (parsed === undefined) return { file, inline: [], routesFolder: base, routeFiles: [] }
  guardSettings(context, parsed)
  const routes = parsed.documents.filter(isRoute)
  const inline = routes.map((node) => ({ node: interpolate(context, node), path: [] }))
  const main = findMain(context, parsed)
  if (main !== undefined) return discoverRoutes(context, { file, inline, main: interpolate(context, main) })
  const isEmpty = routes.length === 0 && parsed.findings.length === 0
  if (!isEmpty) return { file, inline, routesFolder: base, routeFiles: [] }
  return withFolder(context, { file, inline, routesFolder: path.join(base, 'routes') }, { isNamed: false })
}

function isRoute({ entries }: MapNode): boolean {
  return entries.has('host')
}

/** The document with the settings; of several, all but the first are reported. */
function findMain({ findings }: LoadContext, { documents }: ParsedFile): MapNode | undefined {
  const [main, ...others] = documents.filter((document) => !isRoute(document))
  for (const { origin } of others) {
    const span = inFile(origin)
    const message =
      'this document is no route (it has no "host:"), and the settings of the gateway stand in one document'
    if (span !== undefined) findings.add(span, { code: 'missing-key', message })
  }
  return main
}

/** An editor, or a full disk, may leave an empty file for a moment. */
function guardSettings({ findings, parsedEarlier }: LoadContext, { source, ...now }: ParsedFile): void {
  const before = parsedEarlier(source.file)?.documents.length ?? 0
  if (before === 0 || now.documents.length > 0 || now.findings.length > 0) return
  const message = `${source.file} is empty, but it was not before; what it said is kept`
  findings.addToFile(source.file, {
    code: 'settings-vanished',
    message,
    hint: 'to run without it, restart the gateway',
  })
}
