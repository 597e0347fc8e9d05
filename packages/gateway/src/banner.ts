import { relative } from 'node:path'
import type { GatewayConfig, ListenAddress, RouteConfig } from '@drawbridge/config'
import { formatAddress } from './health-listener.ts'
import { VERSION } from './version.ts'

const MAX_ROUTES_SHOWN = 12

/** What a start tells the person in front of it. */
export interface StartFacts {
  readonly config: GatewayConfig
  readonly listening: ListenAddress
  /** Address of the admin listener, or why there is none. */
  readonly admin: string
  readonly isWatching: boolean
}

/** The words of a start: where it listens, what it serves, what to do next. */
export function formatBanner(facts: StartFacts): string {
  const { config, listening } = facts
  const url = `http://localhost${listening.port === 80 ? '' : `:${listening.port}`}`
  return [
    `Drawbridge ${VERSION} is up.`,
    '',
    `  listening  ${formatAddress(listening)}`,
    `  admin      ${facts.admin}`,
    ...formatRoutes(config),
    '',
    `  next       ${nextStep(config, url)}`,
    `             put your own host into ${shorten(config.routesFolder)}/NAME.yaml: ${facts.isWatching ? 'it is taken as soon as you save it' : 'send SIGHUP to take it'}`,
    '             npm run drawbridge -- validate | config --origins | explain GET http://HOST/   tell the rest',
    '',
  ].join('\n')
}

function formatRoutes({ routes, routesFolder }: GatewayConfig): string[] {
  if (routes.length === 0) return [`  routes     none yet in ${shorten(routesFolder)}`]
  const lines = routes.slice(0, MAX_ROUTES_SHOWN).map(formatRoute)
  const more = routes.length - lines.length
  const all = more > 0 ? [...lines, `and ${more} more`] : lines
  return all.map((line, index) => (index === 0 ? `  routes     ${line}` : `             ${line}`))
}

function formatRoute({ hosts, backend, plugins }: RouteConfig): string {
  const on = plugins.map(({ plugin }) => plugin.name).join(', ')
  return `${hosts.join(', ')} → ${backend.source}${on === '' ? '' : `  (${on})`}`
}

function nextStep({ routes }: GatewayConfig, url: string): string {
  const local = routes.find(({ hosts }) => hosts.includes('localhost'))
  if (local !== undefined) return `curl ${url}`
  const host = routes[0]?.hosts[0]
  return host === undefined ? `curl ${url} (404 until there is a route)` : `curl -H 'Host: ${host}' ${url}`
}

function shorten(path: string): string {
  const short = relative(process.cwd(), path)
  return short === '' || short.startsWith('..') ? path : short
}
