import type { Clock, Role } from '@drawbridge/plugin-kit'
import type { AdminStorage } from './admin-storage.ts'
import { CredentialCache } from './credential-cache.ts'
import { secondsNow } from './seconds.ts'
import { hashSecret, randomToken } from './secret-text.ts'

/** Seconds without a request after which a session is over. */
export const IDLE_SECONDS = 30 * 60
/** Seconds after sign-in after which it is over anyway. */
export const LIFETIME_SECONDS = 12 * 60 * 60
/** Seconds for which an entered password counts as fresh. */
export const FRESH_SECONDS = 10 * 60
/** The time of last use is stored when it is this many seconds old. */
const TOUCH_SECONDS = 60
const MAX_PER_USER = 20

/** A sign-in that is not over. */
export interface Session {
  /** Public: names the session, opens nothing. */
  readonly session_id: string
  readonly user_id: number
  readonly name: string
  readonly role: Role
  readonly created_at: number
  last_seen_at: number
  /** When a password was last entered. */
  readonly confirmed_at: number
}

/** A session as its owner sees it. */
export interface SessionRow {
  readonly session_id: string
  readonly created_at: number
  readonly last_seen_at: number
  /** Masked. */
  readonly address: string
  readonly user_agent: string
}

/** From where somebody signs in; masked. */
export interface Device {
  readonly address: string
  readonly userAgent: string
}

/** The sessions. A cookie's value is known to the browser alone; here is its hash. */
export class Sessions {
  readonly #storage: AdminStorage
  readonly #clock: Clock
  readonly #cache: CredentialCache<Session>

  constructor(storage: AdminStorage, clock: Clock) {
    this.#storage = storage
    this.#clock = clock
    this.#cache = new CredentialCache(clock)
  }

  /** Signs in: resolves with the cookie's value. Sessions that are over go away with it. */
  async open(userId: number, { address, userAgent }: Device): Promise<string> {
    const token = randomToken()
    const now = secondsNow(this.#clock)
    await this.#storage.write(
      {
        sql: `INSERT INTO admin_sessions (session_id, token_hash, user_id, created_at, last_seen_at, confirmed_at, address, user_agent)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        params: [randomToken().slice(0, 16), hashSecret(token), userId, now, now, now, address, userAgent],
      },
      {
        sql: `DELETE FROM admin_sessions WHERE session_id IN (
          SELECT session_id FROM admin_sessions WHERE user_id = ? ORDER BY last_seen_at DESC LIMIT -1 OFFSET ?)`,
        params: [userId, MAX_PER_USER],
      },
      { sql: 'UPDATE admin_users SET last_login_at = ? WHERE user_id = ?', params: [now, userId] },
    )
    return token
  }

  /** The session that the cookie opens, if it is not over. Counts as use. */
  async find(token: string): Promise<Session | undefined> {
    const hash = hashSecret(token)
    const session = await this.#cache.get(hash, (known) => this.#read(hash, known))
    const now = secondsNow(this.#clock)
    if (session === undefined || isOver(session, now)) return undefined
    if (now - session.last_seen_at >= TOUCH_SECONDS) this.#touch(session.session_id, now)
    session.last_seen_at = now
    return session
  }

  list(userId: number): Promise<SessionRow[]> {
    const now = secondsNow(this.#clock)
    return this.#storage.all(
      `SELECT session_id, created_at, last_seen_at, address, user_agent FROM admin_sessions
        WHERE user_id = ? AND last_seen_at > ? AND created_at > ? ORDER BY created_at DESC`,
      [userId, now - IDLE_SECONDS, now - LIFETIME_SECONDS],
    )
  }

  /** Ends one session of this user; false where there is none of that id. */
  async revoke(userId: number, sessionId: string): Promise<boolean> {
    const [deleted] = await this.#storage.write({
      sql: 'DELETE FROM admin_sessions WHERE session_id = ? AND user_id = ?',
      params: [sessionId, userId],
    })
    this.#cache.drop((session) => session.session_id === sessionId && session.user_id === userId)
    return deleted === 1
  }

  /** Ends all sessions of this user but one; resolves with how many. */
  async revokeOthers({ user_id, session_id }: Session): Promise<number> {
    const [deleted = 0] = await this.#storage.write({
      sql: 'DELETE FROM admin_sessions WHERE user_id = ? AND session_id <> ?',
      params: [user_id, session_id],
    })
    this.#cache.drop((other) => other.user_id === user_id && other.session_id !== session_id)
    return deleted
  }

  /** A password was entered just now. */
  async confirm({ session_id }: Session): Promise<void> {
    await this.#storage.write({
      sql: 'UPDATE admin_sessions SET confirmed_at = ? WHERE session_id = ?',
      params: [secondsNow(this.#clock), session_id],
    })
    this.#cache.drop((session) => session.session_id === session_id)
  }

  /** Something about this user changed: their next request looks it up. */
  forget(userId: number): void {
    this.#cache.drop(({ user_id }) => user_id === userId)
  }

  /** Deletes what is over. */
  purge(): void {
    const now = secondsNow(this.#clock)
    this.#storage.writeLossy({
      sql: 'DELETE FROM admin_sessions WHERE last_seen_at <= ? OR created_at <= ?',
      params: [now - IDLE_SECONDS - TOUCH_SECONDS, now - LIFETIME_SECONDS],
    })
  }

  async #read(hash: string, known: Session | undefined): Promise<Session | undefined> {
    const [session] = await this.#storage.all<Session>(
      `SELECT s.session_id, s.user_id, s.created_at, s.last_seen_at, s.confirmed_at, u.name, u.role
        FROM admin_sessions AS s JOIN admin_users AS u ON u.user_id = s.user_id WHERE s.token_hash = ?`,
      [hash],
    )
    // The stored time lags behind by up to a minute.
    if (session !== undefined && known !== undefined)
      session.last_seen_at = Math.max(session.last_seen_at, known.last_seen_at)
    return session
  }

  #touch(sessionId: string, now: number): void {
    this.#storage.writeLossy({
      sql: 'UPDATE admin_sessions SET last_seen_at = ? WHERE session_id = ?',
      params: [now, sessionId],
    })
  }
}

function isOver({ last_seen_at, created_at }: Session, now: number): boolean {
  return now - last_seen_at >= IDLE_SECONDS || now - created_at >= LIFETIME_SECONDS
}
