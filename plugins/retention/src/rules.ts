import type { LiveRoute, RetentionClass, ServiceHost, StatementWrite, Storage } from '@drawbridge/plugin-kit'
import type { RetentionOptions } from './options.ts'

const PAGE = 1_000
/** A route file with a mistake at the start looks like one that was removed: nobody's records are to be lost by that. */
const WAIT_SECONDS = 7 * 86_400

/** Stands where records belong to no single route. */
export const NO_ROUTE = -1

/** What holds for the records of one host. */
export interface Rule {
  readonly routeId: number
  /** Empty for unknown hosts. */
  readonly host: string
  /** `waiting`: not configured, but it was within the last week; `former`: it was before that; `unknown`: hosts that never were. */
  readonly state: 'configured' | 'waiting' | 'former' | 'unknown'
  /** Absent where nothing is deleted: the operator switched retention off, or the host is waiting. */
  readonly options: RetentionOptions | undefined
}

/** What holds for all records there are. */
export interface Rules {
  /** Every host that the database knows, whether configured or not, with unknown hosts. */
  readonly routes: readonly Rule[]
  /** For what belongs to no route, to a host that is not configured any more, or to one that nobody knows: what `defaults:` says. */
  readonly general: RetentionOptions | undefined
  ofHost(host: string): Rule
}

/** Reads what holds at this moment. Rejects while nothing can be read. */
export async function readRules({ storage, installation, clock }: ServiceHost): Promise<Rules> {
  const live = installation.routes()
  const general = optionsOf(live.find(({ hosts }) => hosts.length === 0))
  // Any name of a route may have been its first one when a record was made.
  const byHost = new Map(live.flatMap((route) => route.hosts.map((host) => [host, route] as const)))
  const missingSince = Math.floor(clock.wallNow() / 1000) - WAIT_SECONDS
  const toRule = ({ host, route_id: routeId, last_seen_at }: KnownHost): Rule => {
    const route = byHost.get(host)
    if (route !== undefined) return { routeId, host, state: 'configured', options: optionsOf(route) }
    if (host === '') return { routeId, host, state: 'unknown', options: general }
    if (last_seen_at > missingSince) return { routeId, host, state: 'waiting', options: undefined }
    return { routeId, host, state: 'former', options: general }
  }
  const routes = (await readKnownHosts(storage)).map(toRule)
  const known = new Map(routes.map((rule) => [rule.host, rule]))
  return {
    routes,
    general,
    ofHost: (host) => known.get(host) ?? toRule({ host, route_id: NO_ROUTE, last_seen_at: 0 }),
  }
}

/** The statement that notes which hosts are configured at this moment. */
export function noteConfigured({ routes }: Rules, nowSeconds: number): StatementWrite {
  const ids = routes.filter(({ state }) => state === 'configured').map(({ routeId }) => routeId)
  const sql = 'UPDATE routes SET last_seen_at = ? WHERE route_id IN (SELECT value FROM json_each(?))'
  return { sql, params: [nowSeconds, JSON.stringify(ids)] }
}

/** A period of these options in whole seconds. */
export function periodOf(options: RetentionOptions, retentionClass: RetentionClass): number {
  return Math.floor(options[retentionClass] / 1000)
}

/** What a live route's options are; absent where it has retention off. */
export function optionsOf(route: LiveRoute | undefined): RetentionOptions | undefined {
  return route?.options.data_retention as RetentionOptions | undefined
}

interface KnownHost {
  readonly route_id: number
  readonly host: string
  readonly last_seen_at: number
}

async function readKnownHosts(storage: Storage): Promise<KnownHost[]> {
  const hosts: KnownHost[] = []
  const sql = `SELECT route_id, host, last_seen_at FROM routes WHERE route_id > ? ORDER BY route_id LIMIT ${PAGE}`
  for (let last = -1, isMore = true; isMore; last = hosts.at(-1)?.route_id ?? last) {
    const page = (await storage.all(sql, [last])) as unknown as KnownHost[]
    hosts.push(...page)
    isMore = page.length === PAGE
  }
  return hosts
}
