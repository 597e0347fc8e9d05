import type { Clock, Role } from '@drawbridge/plugin-kit'
import type { AdminStorage } from './admin-storage.ts'
import { BadSetupToken, Conflict, LastAdmin, NotFound } from './errors.ts'
import { secondsNow } from './seconds.ts'
import { hashSecret, normaliseCode, randomCode } from './secret-text.ts'

/** How long a setup token is good, in seconds. */
const SETUP_SECONDS = 24 * 60 * 60

/** An account as it is stored. */
export interface Account {
  readonly user_id: number
  readonly name: string
  readonly role: Role
  /** `null` until the person has set a password with a setup token. */
  readonly password_hash: string | null
  readonly totp_secret: string | null
  readonly totp_last_step: number
  readonly created_at: number
  readonly last_login_at: number | null
}

/** A secret with which a person sets the password of an account; shown once. */
export interface SetupToken {
  readonly token: string
  /** Seconds since 1970. */
  readonly expiresAt: number
}

/** Whose password a setup token sets: `name` is absent for the first admin. */
export interface SetupTarget {
  readonly userId: number | null
  readonly name: string | null
}

/** Nobody but this account is an admin who can sign in. */
const IS_LAST_ADMIN = `role = 'admin' AND NOT EXISTS (
  SELECT 1 FROM admin_users AS other
  WHERE other.role = 'admin' AND other.password_hash IS NOT NULL AND other.user_id <> admin_users.user_id)`

/** The accounts, and the setup tokens by which they get their passwords. Every rule across rows is part of the statement, so nothing can come between. */
export class Accounts {
  readonly #storage: AdminStorage
  readonly #clock: Clock
  #hasAny = false

  constructor(storage: AdminStorage, clock: Clock) {
    this.#storage = storage
    this.#clock = clock
  }

  /** False only before the first account: it is asked once more then, and never again. */
  async hasAny(): Promise<boolean> {
    this.#hasAny ||= (await this.#storage.all('SELECT 1 FROM admin_users LIMIT 1')).length > 0
    return this.#hasAny
  }

  async find(name: string): Promise<Account | undefined> {
    const [account] = await this.#storage.all<Account>('SELECT * FROM admin_users WHERE name = ?', [name])
    return account
  }

  /** Throws `NotFound`. */
  async get(name: string): Promise<Account> {
    const account = await this.find(name)
    if (account === undefined) throw new NotFound('user')
    return account
  }

  /** Up to `limit` accounts behind this name, in order. */
  list(behind: string, limit: number): Promise<Account[]> {
    return this.#storage.all('SELECT * FROM admin_users WHERE name > ? ORDER BY name LIMIT ?', [behind, limit])
  }

  /** Makes an account without a password, and the token with which the person sets one. Throws `Conflict` where the name is taken. */
  async invite(name: string, role: Role): Promise<SetupToken> {
    const setup = this.#makeSetupToken()
    const [inserted] = await this.#storage.write(
      {
        sql: 'INSERT INTO admin_users (name, role, created_at) SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM admin_users WHERE name = ?)',
        params: [name, role, secondsNow(this.#clock), name],
      },
      {
        sql: `INSERT INTO admin_setup_tokens (token_hash, user_id, expires_at)
          SELECT ?, user_id, ? FROM admin_users WHERE name = ? AND password_hash IS NULL
            AND user_id NOT IN (SELECT user_id FROM admin_setup_tokens WHERE user_id IS NOT NULL)`,
        params: [hashSecret(setup.token), setup.expiresAt, name],
      },
    )
    if (inserted === 0) throw new Conflict('There is a user of that name already.')
    this.#hasAny = true
    return setup
  }

  /** Throws `LastAdmin`. */
  async setRole({ user_id }: Account, role: Role): Promise<void> {
    const [changed] = await this.#storage.write({
      sql: `UPDATE admin_users SET role = ? WHERE user_id = ? AND (? = 'admin' OR NOT (${IS_LAST_ADMIN}))`,
      params: [role, user_id, role],
    })
    if (changed === 0) throw new LastAdmin()
  }

  /** With its sessions and tokens. Throws `LastAdmin`. */
  async remove({ user_id }: Account): Promise<void> {
    const [changed] = await this.#storage.write({
      sql: `DELETE FROM admin_users WHERE user_id = ? AND NOT (${IS_LAST_ADMIN})`,
      params: [user_id],
    })
    if (changed === 0) throw new LastAdmin()
  }

  async setPassword(userId: number, passwordHash: string): Promise<void> {
    await this.#storage.write({
      sql: 'UPDATE admin_users SET password_hash = ? WHERE user_id = ?',
      params: [passwordHash, userId],
    })
  }

  /** Takes the password away, ends all sessions, and makes the token with which the person sets a new one. */
  async reset({ user_id }: Account, clearSecondFactor: boolean): Promise<SetupToken> {
    const setup = this.#makeSetupToken()
    const params = [user_id]
    await this.#storage.write(
      { sql: 'UPDATE admin_users SET password_hash = NULL WHERE user_id = ?', params },
      { sql: 'DELETE FROM admin_sessions WHERE user_id = ?', params },
      { sql: 'DELETE FROM admin_setup_tokens WHERE user_id = ?', params },
      {
        sql: 'INSERT INTO admin_setup_tokens (token_hash, user_id, expires_at) VALUES (?, ?, ?)',
        params: [hashSecret(setup.token), user_id, setup.expiresAt],
      },
      ...(clearSecondFactor
        ? [
            { sql: 'UPDATE admin_users SET totp_secret = NULL WHERE user_id = ?', params },
            { sql: 'DELETE FROM admin_recovery_codes WHERE user_id = ?', params },
          ]
        : []),
    )
    return setup
  }

  /** Makes the token for the first admin, in place of the one before. Throws `Conflict` where there are accounts. */
  async issueFirstSetupToken(): Promise<SetupToken> {
    const setup = this.#makeSetupToken()
    const [, inserted] = await this.#storage.write(
      { sql: 'DELETE FROM admin_setup_tokens WHERE user_id IS NULL' },
      {
        sql: 'INSERT INTO admin_setup_tokens (token_hash, expires_at) SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM admin_users)',
        params: [hashSecret(setup.token), setup.expiresAt],
      },
    )
    if (inserted === 0)
      throw new Conflict('There are accounts already. For a forgotten password: drawbridge admin reset-password NAME.')
    return setup
  }

  /** Whose token it is. Throws `BadSetupToken`. */
  async findSetupTarget(typed: string): Promise<SetupTarget> {
    const [target] = await this.#storage.all<SetupTarget>(
      `SELECT t.user_id AS userId, u.name FROM admin_setup_tokens AS t LEFT JOIN admin_users AS u ON u.user_id = t.user_id
        WHERE t.token_hash = ? AND t.expires_at > ?`,
      [hashSecret(normaliseCode(typed)), secondsNow(this.#clock)],
    )
    if (target === undefined) throw new BadSetupToken()
    return target
  }

  /** Sets the password and uses the token up, both or neither. Throws `BadSetupToken` where another request was first. */
  async setUp(typed: string, { name, passwordHash }: { name: string; passwordHash: string }): Promise<void> {
    const now = secondsNow(this.#clock)
    const token = hashSecret(normaliseCode(typed))
    const [created, updated] = await this.#storage.write(
      {
        sql: `INSERT INTO admin_users (name, role, password_hash, created_at) SELECT ?, 'admin', ?, ?
          WHERE NOT EXISTS (SELECT 1 FROM admin_users)
            AND EXISTS (SELECT 1 FROM admin_setup_tokens WHERE token_hash = ? AND user_id IS NULL AND expires_at > ?)`,
        params: [name, passwordHash, now, token, now],
      },
      {
        sql: `UPDATE admin_users SET password_hash = ?
          WHERE user_id = (SELECT user_id FROM admin_setup_tokens WHERE token_hash = ? AND expires_at > ?)`,
        params: [passwordHash, token, now],
      },
      { sql: 'DELETE FROM admin_setup_tokens WHERE token_hash = ? OR user_id IS NULL', params: [token] },
    )
    if (created === 0 && updated === 0) throw new BadSetupToken()
    this.#hasAny = true
  }

  /** The first admin, from a password file. False where there is an account already. */
  async createFirst(name: string, passwordHash: string): Promise<boolean> {
    const [created] = await this.#storage.write({
      sql: `INSERT INTO admin_users (name, role, password_hash, created_at) SELECT ?, 'admin', ?, ?
        WHERE NOT EXISTS (SELECT 1 FROM admin_users)`,
      params: [name, passwordHash, secondsNow(this.#clock)],
    })
    return created === 1
  }

  #makeSetupToken(): SetupToken {
    return { token: randomCode(5), expiresAt: secondsNow(this.#clock) + SETUP_SECONDS }
  }
}
