import type { ServiceHost, SqlValue, StatementWrite } from '@drawbridge/plugin-kit'
import type { Ban } from './ban-index.ts'
import { toNetwork } from './network.ts'

const PAGE = 5000
const UPSERT = `INSERT INTO bans (ban_id, address, route, route_id, created_at, expires_at, banned_by, rule, reason, request_ids, ban_count)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (address, route) DO UPDATE SET ban_id = excluded.ban_id, route_id = excluded.route_id,
  created_at = excluded.created_at, expires_at = excluded.expires_at, banned_by = excluded.banned_by, rule = excluded.rule,
  reason = excluded.reason, request_ids = excluded.request_ids, ban_count = excluded.ban_count`
const COLUMNS = 'ban_id, address, route, created_at, expires_at, banned_by, rule, reason, request_ids, ban_count'
const LOAD = `SELECT ${COLUMNS} FROM bans
  WHERE ban_id > ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY ban_id LIMIT ${PAGE}`
const LOAD_OVER = `SELECT ${COLUMNS} FROM bans
  WHERE ban_id < ? AND expires_at > ? AND expires_at <= ? ORDER BY ban_id DESC LIMIT ${PAGE}`
/** Rows of one transaction: those of others wait behind them. What is banned by one request must fit. */
const MAX_ROWS = 500

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

  /** All bans in force, and of those that have been over for no longer than `rememberedMs` the newest `mostOver`. */
  async read(wanted: {
    /** Milliseconds since the epoch. */
    readonly now: number
    readonly rememberedMs: number
    readonly mostOver: number
  }): Promise<Ban[]> {
    const now = Math.floor(wanted.now / 1000)
    const since = Math.floor((wanted.now - wanted.rememberedMs) / 1000)
    const inForce = await this.#readPages(LOAD, -1, { times: [now], most: Number.POSITIVE_INFINITY })
    const newest = Number.MAX_SAFE_INTEGER
    const over = await this.#readPages(LOAD_OVER, newest, { times: [since, now], most: wanted.mostOver })
    return [...over.reverse(), ...inForce]
  }

  async #readPages(sql: string, start: number, bound: { times: readonly number[]; most: number }): Promise<Ban[]> {
    const bans: Ban[] = []
    for (let last = start, isMore = true; isMore && bans.length < bound.most; ) {
      const page = await this.#host.storage.all(sql, [last, ...bound.times])
      for (const row of page) bans.push(...fromRow(row))
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
