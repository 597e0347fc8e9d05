import type { Plugin, Problem } from '@drawbridge/plugin-kit'
import type { RouteDocument } from './discovery.ts'
import { createFindings, type Finding, type Findings, withoutConsequences } from './finding.ts'
import { hashOf } from './hash.ts'
import type { Subject } from './locate.ts'
import { mergeRoute } from './merge-route.ts'
import type { ListenAddress, PluginUse, RouteConfig } from './model.ts'
import { filterKeys, inFile, type MapNode, toPlain } from './node.ts'
import type { PluginResolver } from './plugin-resolver.ts'
import { resolveRest } from './resolve-rest.ts'
import { checkRouteKeys } from './route-key-check.ts'
import { ROUTE_KEYS, RouteKeys } from './route-keys.ts'
import {
  type BackendContext,
  type Report,
  readBackend,
  readHostHeader,
  readHosts,
  readUpgrades,
} from './route-values.ts'
import { createSource, positionOf, type Span } from './source.ts'

/** What all routes of a load share. */
export interface RouteContext {
  /** In the order of their phases. */
  readonly plugins: readonly Plugin[]
  readonly defaults: MapNode | undefined
  readonly listeners: readonly ListenAddress[]
  readonly resolve: PluginResolver
  readText(file: string): { readonly text: string } | { readonly problem: string }
}

/** A route as read: `config` is absent when one of the findings is an error. */
export interface BuiltRoute {
  readonly config?: RouteConfig
  readonly hosts: readonly string[]
  /** `defaults:`, preset and route, merged, with the origin of every value. */
  readonly merged: MapNode
  readonly document: RouteDocument
  readonly findings: readonly Finding[]
}

/** Merges, validates and resolves one route. */
export function buildRoute(context: RouteContext, document: RouteDocument): BuiltRoute {
  const findings = createFindings()
  checkRouteKeys(findings, document, context.plugins)
  const merged = mergeRoute(findings, document, context)
  const fallback = routeSpan(document)
  const subject = { node: merged, path: document.path, fallback }
  const plugins = resolvePlugins(findings, subject, context)
  warnOfSilence(findings, subject, plugins)
  const { hosts, values } = resolveRouteKeys(findings, subject, context)
  if (values !== undefined && values.backend.kind !== 'https') warnOfUnusedTls(findings, document)
  const built = { hosts, merged, document, findings: withoutConsequences(findings.list()) }
  if (values === undefined || document.isBroken === true || findings.errorCount() > 0) return built
  const hash = hashOf({ ...values, plugins: plugins.map(({ plugin, options }) => [plugin.name, options]) })
  return { ...built, config: { ...values, plugins, hash, position: positionOf(fallback) } }
}

/** The route's `host:` key, or its first one. */
export function routeSpan({ node }: RouteDocument): Span {
  const key = node.entries.get('host')?.keyOrigin
  return inFile(key) ?? inFile(node.origin) ?? { source: createSource('', ''), start: 0, end: 0 }
}

/** The plugins that a block of route keys has on, with their options; what is wrong with them goes to the findings. */
export function resolvePlugins(
  findings: Findings,
  subject: Subject & { readonly node: MapNode },
  { plugins, resolve }: Pick<RouteContext, 'plugins' | 'resolve'>,
): readonly PluginUse[] {
  return plugins.flatMap((plugin) => {
    const { key } = plugin
    const { options, problems } = resolve(plugin, subject.node.entries.get(key)?.value)
    for (const problem of problems) findings.addProblem(subject, { ...problem, path: [key, ...problem.path] })
    return options === undefined ? [] : [Object.freeze({ plugin, options })]
  })
}

/** What waits for an event that no plugin of the route announces waits for ever. */
function warnOfSilence(findings: Findings, subject: Subject, uses: readonly PluginUse[]): void {
  const announced = new Set(uses.flatMap(({ plugin, options }) => listOf(() => plugin.announces?.(options))))
  for (const { plugin, options } of uses)
    for (const { event, problem } of listOf(() => plugin.awaits?.(options)))
      if (!announced.has(event)) findings.addProblem(subject, { ...problem, path: [plugin.key, ...problem.path] })
}

/** A plugin from outside may throw: it is only a warning that is lost. */
function listOf<T>(ask: () => readonly T[] | undefined): readonly T[] {
  try {
    return ask() ?? []
  } catch {
    return []
  }
}

/** Only where the route itself says so: under `defaults:` it may be meant for other routes. */
function warnOfUnusedTls(findings: Findings, { node, path }: RouteDocument): void {
  const span = inFile(node.entries.get('backend_tls')?.keyOrigin)
  if (span === undefined) return
  const message = '"backend_tls" has no effect: the backend is not https'
  findings.add(span, { severity: 'warning', code: 'no-effect', message, path: [...path, 'backend_tls'] })
}

type RouteValues = Omit<RouteConfig, 'plugins' | 'hash' | 'position'>

/** Stand in for what is missing, so that the other keys can still be read. */
const STAND_INS = { host: 'missing.invalid', backend: 'demo' }

function resolveRouteKeys(
  findings: Findings,
  subject: Subject & { readonly node: MapNode },
  context: Omit<BackendContext, 'node'>,
): { readonly hosts: readonly string[]; readonly values?: RouteValues } {
  const node = filterKeys(subject.node, (key) => ROUTE_KEYS.includes(key))
  const { value: keys, problems, broken } = resolveRest(RouteKeys, toPlain(node), STAND_INS)
  for (const problem of problems) findings.addProblem(subject, inOtherWords(problem))
  if (keys === undefined) return { hosts: [] }
  const report: Report = (path, { code = 'bad-value', message, hint }) =>
    findings.addProblem(subject, { severity: 'error', code, path, message, ...(hint === undefined ? {} : { hint }) })
  const hosts = broken.has('host') ? [] : readHosts(report, keys)
  const backend = readBackend(report, keys, { ...context, node })
  const hostHeader = readHostHeader(report, keys)
  const upgrades = readUpgrades(report, keys)
  if (backend === undefined || hostHeader === undefined || problems.length > 0) return { hosts }
  return { hosts, values: { hosts, backend, hostHeader, upgrades, forwarded: keys.forwarded } }
}

/** Which of the two forms of `host` was meant, validation cannot know. */
function inOtherWords(problem: Problem): Problem {
  const isHostForm = problem.path.length === 1 && problem.path[0] === 'host'
  return isHostForm ? { ...problem, message: '"host" must be a name or a list of names' } : problem
}
