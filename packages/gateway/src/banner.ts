import { relative } from 'node:path'
import type { GatewayConfig, ListenAddress, RouteConfig } from '@drawbridge/config'
import { formatAddress } from './format-address.ts'
import { VERSION } from './version.ts'

const MAX_ROUTES_SHOWN = 12

/** What a start tells the person in front of it. */
export interface StartFacts {
  readonly config: GatewayConfig
  readonly listening: ListenAddress
  /** Where the admin API listens, or why it does not. */
  readonly admin: ListenAddress | Error
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
    `  admin      ${formatAdmin(config, facts.admin)}`,
    ...formatRoutes(config),
    '',
    `  next       ${nextStep(config, url)}`,
    `             put your own host into ${shorten(config.routesFolder)}/NAME.yaml: ${facts.isWatching ? 'it is taken as soon as you save it' : 'send SIGHUP to take it'}`,
    '             npm run drawbridge -- validate | config --origins | explain GET http://HOST/   tell the rest',
    '',
  ].join('\n')
}

function formatAdmin({ admin: { tls } }: GatewayConfig, address: ListenAddress | Error): string {
  if (address instanceof Error) return `not listening (${address.message})`
  return `${formatAddress(address)}  (${tls === undefined ? 'http' : 'https'}; drawbridge status, /livez, /readyz)`
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
