import type { ServiceHost, SqlValue, StatementWrite } from '@drawbridge/plugin-kit'
import type { Ban } from './ban-index.ts'
import { toNetwork } from './network.ts'

const PAGE = 5000
const UPSERT = `INSERT INTO bans (ban_id, address, route, route_id, created_at, expires_at, banned_by, rule, reason, request_ids, ban_count)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (address, route) DO UPDATE SET ban_id = excluded.ban_id, route_id = excluded.route_id,
  created_at = excluded.created_at, expires_at = excluded.expires_at, banned_by = excluded.banned_by, rule = excluded.rule,
  reason = excluded.reason, request_ids = excluded.request_ids, ban_count = excluded.ban_count`
const LOAD = `SELECT ban_id, address, route, created_at, expires_at, banned_by, rule, reason, request_ids, ban_count FROM bans
  WHERE ban_id > ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY ban_id LIMIT ${PAGE}`
/** Rows of one transaction: those of others wait behind them. */
const MAX_ROWS = 400

/** Writes bans and reads them again. */
export class BanStore {
  readonly #host: Pick<ServiceHost, 'installation' | 'storage'>

  constructor(host: Pick<ServiceHost, 'installation' | 'storage'>) {
    this.#host = host
  }

  /** Resolves once all are safe on the disk, in force or ended as they say. */
  async write(bans: readonly Ban[]): Promise<void> {
    const routes = this.#host.installation.routes()
    const idOf = (route: string) => routes.find(({ hosts }) => hosts[0] === route)?.routeId ?? 0
    for (let i = 0; i < bans.length; i += MAX_ROWS) {
      const rows = bans.slice(i, i + MAX_ROWS)
      await this.#host.storage.durable(
        rows.map((ban): StatementWrite => ({ sql: UPSERT, params: toRow(ban, idOf(ban.route)) })),
      )
    }
  }

  /** All bans that end after this moment, milliseconds since the epoch, those in the past among them. */
  async read(since: number): Promise<Ban[]> {
    const bans: Ban[] = []
    for (let last = -1, isMore = true; isMore; ) {
      const page = await this.#host.storage.all(LOAD, [last, Math.floor(since / 1000)])
      bans.push(...page.flatMap(fromRow))
      last = Number(page.at(-1)?.ban_id ?? 0)
      isMore = page.length === PAGE
    }
    return bans
  }
}

function toRow(ban: Ban, routeId: number): SqlValue[] {
  const { id, network, route, createdAt, expiresAt, by, rule, reason, requestIds, count } = ban
  const expires = expiresAt === Number.POSITIVE_INFINITY ? null : Math.ceil(expiresAt / 1000)
  return [
    id,
    network.text,
    route,
    routeId,
    Math.floor(createdAt / 1000),
    expires,
    by,
    rule,
    reason,
    JSON.stringify(requestIds),
    count,
  ]
}

function fromRow(row: Record<string, SqlValue>): Ban[] {
  const network = toNetwork(String(row.address))
  if (network === undefined) return []
  return [
    {
      id: Number(row.ban_id),
      network,
      route: String(row.route),
      createdAt: Number(row.created_at) * 1000,
      expiresAt: row.expires_at === null ? Number.POSITIVE_INFINITY : Number(row.expires_at) * 1000,
      by: String(row.banned_by),
      rule: String(row.rule),
      reason: String(row.reason),
      requestIds: JSON.parse(String(row.request_ids)) as string[],
      count: Number(row.ban_count),
    },
  ]
}
