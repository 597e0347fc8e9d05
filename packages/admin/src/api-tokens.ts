import type { BlockList } from 'node:net'
import { type Clock, ROLES, type Role } from '@drawbridge/plugin-kit'
import type { AdminStorage } from './admin-storage.ts'
import { CredentialCache } from './credential-cache.ts'
import { Conflict } from './errors.ts'
import { compileNetworks, contains } from './networks.ts'
import { secondsNow } from './seconds.ts'
import { hashSecret, randomToken } from './secret-text.ts'

const PREFIX = 'drawbridge_'
/** The time of last use is stored when it is this many seconds old. */
const TOUCH_SECONDS = 600

/** `read`, `write` (which includes it), either with an area (`read:logs`), and `sensitive`. An area is the first part of the path below /api. */
export const SCOPE_PATTERN = '^(?:(?:read|write)(?::[a-z][a-z0-9-]*)?|sensitive)$'

/** A token as it is stored; lists as JSON. */
export interface ApiTokenRow {
  /** Public: names the token, opens nothing. */
  readonly token_id: string
  readonly user_id: number
  /** Name of the account it belongs to. */
  readonly owner: string
  readonly name: string
  readonly role: Role
  readonly scopes: string
  readonly networks: string
  readonly created_at: number
  readonly expires_at: number
  readonly last_used_at: number | null
  /** Masked. */
  readonly last_address: string | null
}

/** A token that is being used. */
export interface ApiToken {
  readonly userId: number
  /** `owner/name`: two people may have a token of the same name. */
  readonly name: string
  /** What it was made with, or what its owner has left, if that is less. */
  readonly role: Role
  readonly scopes: readonly string[]
}

/** What a new token is made from. */
export interface NewApiToken {
  readonly userId: number
  readonly name: string
  readonly role: Role
  readonly scopes: readonly string[]
  readonly networks: readonly string[]
  /** Seconds since 1970. */
  readonly expiresAt: number
}

interface CachedToken {
  readonly row: ApiTokenRow & { readonly owner_role: Role }
  readonly networks: BlockList | undefined
  readonly token: ApiToken
  touchedAt: number
}

/** The API tokens. They end with their account. */
export class ApiTokens {
  readonly #storage: AdminStorage
  readonly #clock: Clock
  readonly #cache: CredentialCache<CachedToken>

  constructor(storage: AdminStorage, clock: Clock) {
    this.#storage = storage
    this.#clock = clock
    this.#cache = new CredentialCache(clock)
  }

  /** Resolves with the token's id, and the token itself, which nobody will see again. Throws `Conflict` where the owner has one of that name. */
  async create(made: NewApiToken): Promise<{ id: string; token: string }> {
    const token = PREFIX + randomToken()
    const id = randomToken().slice(0, 16)
    const [inserted] = await this.#storage.write({
      sql: `INSERT INTO admin_tokens (token_id, token_hash, user_id, name, role, scopes, networks, created_at, expires_at)
        SELECT ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM admin_tokens WHERE user_id = ? AND name = ?)`,
      params: [
        id,
        hashSecret(token),
        made.userId,
        made.name,
        made.role,
        JSON.stringify(made.scopes),
        JSON.stringify(made.networks),
        secondsNow(this.#clock),
        made.expiresAt,
        made.userId,
        made.name,
      ],
    })
    if (inserted === 0) throw new Conflict('There is a token of that name already: revoke it first, or choose another.')
    return { id, token }
  }

  /** The token, if it is valid for this client. Counts as use; the address is stored masked. */
  async find(token: string, { address, masked }: { address: string; masked: string }): Promise<ApiToken | undefined> {
    const hash = hashSecret(token)
    const cached = await this.#cache.get(hash, (known) => this.#read(hash, known))
    const now = secondsNow(this.#clock)
    if (cached === undefined || cached.row.expires_at <= now) return undefined
    if (cached.networks !== undefined && !contains(cached.networks, address)) return undefined
    if (now - cached.touchedAt >= TOUCH_SECONDS) {
      cached.touchedAt = now
      this.#storage.writeLossy({
        sql: 'UPDATE admin_tokens SET last_used_at = ?, last_address = ? WHERE token_id = ?',
        params: [now, masked, cached.row.token_id],
      })
    }
    return cached.token
  }

  /** All tokens, or those of one account, behind this id. */
  list({
    userId,
    behind,
    limit,
  }: {
    userId: number | undefined
    behind: string
    limit: number
  }): Promise<ApiTokenRow[]> {
    return this.#storage.all(
      `SELECT t.*, u.name AS owner FROM admin_tokens AS t JOIN admin_users AS u ON u.user_id = t.user_id
        WHERE t.token_id > ? AND (? IS NULL OR t.user_id = ?) ORDER BY t.token_id LIMIT ?`,
      [behind, userId ?? null, userId ?? null, limit],
    )
  }

  async get(tokenId: string): Promise<ApiTokenRow | undefined> {
    const [row] = await this.#storage.all<ApiTokenRow>(
      `SELECT t.*, u.name AS owner FROM admin_tokens AS t JOIN admin_users AS u ON u.user_id = t.user_id WHERE t.token_id = ?`,
      [tokenId],
    )
    return row
  }

  async revoke(tokenId: string): Promise<void> {
    await this.#storage.write({ sql: 'DELETE FROM admin_tokens WHERE token_id = ?', params: [tokenId] })
    this.#cache.drop(({ row }) => row.token_id === tokenId)
  }

  /** Something about this account changed: the next request with one of its tokens looks it up. */
  forget(userId: number): void {
    this.#cache.drop(({ row }) => row.user_id === userId)
  }

  /** Deletes what expired a month ago; until then it is listed as expired. */
  purge(): void {
    const params = [secondsNow(this.#clock) - 30 * 24 * 60 * 60]
    this.#storage.writeLossy({ sql: 'DELETE FROM admin_tokens WHERE expires_at < ?', params })
  }

  async #read(hash: string, known: CachedToken | undefined): Promise<CachedToken | undefined> {
    const [row] = await this.#storage.all<CachedToken['row']>(
      `SELECT t.*, u.name AS owner, u.role AS owner_role
        FROM admin_tokens AS t JOIN admin_users AS u ON u.user_id = t.user_id WHERE t.token_hash = ?`,
      [hash],
    )
    if (row === undefined) return undefined
    const networks: string[] = JSON.parse(row.networks)
    return {
      row,
      networks: networks.length === 0 ? undefined : compileNetworks(networks),
      touchedAt: known?.touchedAt ?? row.last_used_at ?? 0,
      token: {
        userId: row.user_id,
        name: `${row.owner}/${row.name}`,
        role: lowerRole(row.role, row.owner_role),
        scopes: JSON.parse(row.scopes),
      },
    }
  }
}

/** Whether the text could be a token of ours: everything else costs no query. */
export function isTokenShaped(text: string): boolean {
  return /^drawbridge_[\w-]{43}$/.test(text)
}

/** Whether these scopes allow to read or write this area. */
export function hasScope(scopes: readonly string[], verb: 'read' | 'write', area: string): boolean {
  return scopes.some((scope) => {
    const [what, where = area] = scope.split(':')
    return where === area && (what === verb || what === 'write')
  })
}

function lowerRole(one: Role, other: Role): Role {
  return ROLES.indexOf(one) < ROLES.indexOf(other) ? one : other
}
