import type { Database } from './open-database.ts'

/** The route id of requests to hosts that are not configured. */
export const UNKNOWN_ROUTE_ID = 0

/**
 * The stable id of each host (already normalised), new ones being given an id, in one transaction. A host keeps its id
 * over restarts and over being removed and added again. `nowSeconds` is noted as the time it was last configured.
 */
export function resolveRouteIds(
  { sqlite }: Database,
  hosts: readonly string[],
  nowSeconds = Math.floor(Date.now() / 1000),
): Map<string, number> {
  const upsert = sqlite
    .prepare<[string, number, number], number>(
      `INSERT INTO routes (host, created_at, last_seen_at) VALUES (?, ?, ?)
       ON CONFLICT (host) DO UPDATE SET last_seen_at = excluded.last_seen_at RETURNING route_id`,
    )
    .pluck()
  const resolve = sqlite.transaction(() => new Map(hosts.map((host) => [host, idOf(host)])))
  const idOf = (host: string): number => {
    const id = upsert.get(host, nowSeconds, nowSeconds)
    if (id === undefined) throw new Error(`SQLite gave no route id for ${host}`)
    return id
  }
  return resolve.immediate()
}
