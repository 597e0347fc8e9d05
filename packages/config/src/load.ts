import { deepFreeze, type Plugin } from '@drawbridge/plugin-kit'
import { type BuiltRoutes, buildRoutes } from './build-routes.ts'
import { discover } from './discover.ts'
import type { Discovery } from './discovery.ts'
import { describeConfig, type Explanation } from './explain.ts'
import type { Finding } from './finding.ts'
import { createLoadContext, type LoadContext } from './load-context.ts'
import type { GatewayConfig } from './model.ts'
import { inFile, type MapNode } from './node.ts'
import { orderPlugins } from './order-plugins.ts'
import type { ParsedFile } from './parse-yaml.ts'
import { diskReaders, type Readers } from './read-file.ts'
import { guardRoutes } from './reload-guard.ts'
import { checkRouteKeys } from './route-key-check.ts'
import { resolveSettings, type Settings } from './settings.ts'

/** What to load, and with what. */
export interface LoadOptions {
  /** drawbridge.yaml, a folder that holds it, a folder of route files, or one file with routes. */
  readonly file: string
  /** The installed plugins. */
  readonly plugins: readonly Plugin[]
  /** Environment for `${env:…}`; the process's own by default. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly readers?: Readers
  /**
   * The configuration that is running: it protects its routes from an empty folder, and spares parsing unchanged files
   * again.
   */
  readonly previous?: GatewayConfig | undefined
}

/** A load's outcome. */
export interface LoadResult extends Explanation {
  /** Absent when any finding is an error. */
  readonly config?: GatewayConfig
  /**
   * What could run although some routes are wrong: the settings and the routes without errors. Absent when the settings
   * are wrong themselves. For a first start, where one bad file need not stop the other hosts.
   */
  readonly partial?: GatewayConfig
  /** Sorted by file and line. */
  readonly findings: readonly Finding[]
  /** The texts of the configuration files by the name that findings give them, for `formatFindings`. */
  readonly sources: ReadonlyMap<string, string>
  /** Absolute paths of all files that were read, certificates and secrets too. */
  readonly files: readonly string[]
}

/** Parsed files of the configurations in use: a reload parses only what changed. */
const parsedFiles = new WeakMap<GatewayConfig, ReadonlyMap<string, ParsedFile>>()

/**
 * Reads, merges, validates and resolves the configuration. What is wrong with it is in `findings`, all at once; throws
 * only when the plugins contradict each other.
 */
export function loadConfig(options: LoadOptions): LoadResult {
  const { readers = diskReaders, env = process.env, previous } = options
  const plugins = orderPlugins(options.plugins)
  const earlier = previous === undefined ? undefined : parsedFiles.get(previous)
  const context = createLoadContext({ readers, env, earlier })
  const found = discover(context, options.file)
  const settings = resolveSettings(
    context,
    found,
    plugins.map(({ key }) => key),
  )
  const defaults = readDefaults(context, found, plugins)
  const areSettingsRight = settings !== undefined && context.findings.errorCount() === 0
  const listeners = settings === undefined ? [] : [settings.listen.http, settings.admin.listen]
  const built = buildRoutes(context, found, { plugins, defaults, listeners })
  const isFolderRight = guardRoutes(context, { found, built, previous })
  const hasErrors = context.findings.errorCount() > 0
  const usable = areSettingsRight && built.isDefaultRouteRight && isFolderRight ? assemble(settings, built) : undefined
  if (usable !== undefined) parsedFiles.set(usable, context.parsed)
  return {
    ...(usable === undefined ? {} : { partial: usable }),
    ...(usable === undefined || hasErrors ? {} : { config: usable }),
    findings: context.findings.list(),
    sources: context.sources,
    files: [...context.files],
    ...describeConfig({ found, built, plugins }),
  }
}

function readDefaults(context: LoadContext, { main }: Discovery, plugins: readonly Plugin[]): MapNode | undefined {
  const entry = main?.entries.get('defaults')
  const keySpan = inFile(entry?.keyOrigin)
  if (entry === undefined || keySpan === undefined) return undefined
  const { value } = entry
  if (value.kind !== 'map') {
    // `defaults:` with everything below it commented out.
    if (value.kind === 'scalar' && value.value === null) return undefined
    const message = '"defaults" must be a block of keys'
    context.findings.add(keySpan, { code: 'wrong-type', message, path: ['defaults'] })
    return undefined
  }
  checkRouteKeys(context.findings, { node: value, path: ['defaults'] }, plugins)
  const host = inFile(value.entries.get('host')?.keyOrigin)
  if (host !== undefined) {
    const message = '"host" cannot be a default: each route has its own'
    context.findings.add(host, { code: 'unknown-key', message, path: ['defaults', 'host'] })
  }
  return value
}

function assemble(settings: Settings, { routes, defaultRoute }: BuiltRoutes): GatewayConfig {
  const configs = routes.flatMap(({ config }) => (config === undefined ? [] : [config]))
  return deepFreeze({ ...settings, routes: configs, defaultRoute })
}
