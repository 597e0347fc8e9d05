import type { Clock } from '@drawbridge/plugin-kit'
import { LRUCache } from 'lru-cache'
import { Secret, TOTP } from 'otpauth'
import { renderSVG } from 'uqr'
import type { Account } from './accounts.ts'
import type { AdminStorage } from './admin-storage.ts'
import { hashSecret, normaliseCode, randomCode } from './secret-text.ts'

const PERIOD_SECONDS = 30
/** Codes of the step before and after are taken too: clocks differ. */
const WINDOW = 1
const RECOVERY_CODES = 10
const PENDING_MS = 10 * 60 * 1000

/** What an authenticator app needs. */
export interface Enrolment {
  /** Base32, for typing. */
  readonly secret: string
  readonly uri: string
  /** The URI as an SVG image, drawn here: the secret goes to nobody. */
  readonly qr_svg: string
}

/** Time-based one-time passwords (RFC 6238) and recovery codes. No code is taken twice. */
export class SecondFactor {
  readonly #storage: AdminStorage
  readonly #clock: Clock
  /** Secrets shown and not yet confirmed, by account. */
  readonly #pending = new LRUCache<number, { secret: string; since: number }>({ max: 100 })

  constructor(storage: AdminStorage, clock: Clock) {
    this.#storage = storage
    this.#clock = clock
  }

  /** Makes a secret, which counts once a code of it was sent back (`confirm`) within ten minutes. */
  enrol({ user_id, name }: Account): Enrolment {
    const secret = new Secret({ size: 20 }).base32
    this.#pending.set(user_id, { secret, since: this.#clock.now() })
    const uri = totpOf(secret, name).toString()
    return { secret, uri, qr_svg: renderSVG(uri) }
  }

  /** Turns the second factor on; resolves with the recovery codes, which nobody will see again, or `undefined` for a wrong code. */
  async confirm({ user_id }: Account, code: string): Promise<string[] | undefined> {
    const pending = this.#pending.get(user_id)
    if (pending === undefined || this.#clock.now() - pending.since > PENDING_MS) return undefined
    const step = this.#stepOf(pending.secret, code)
    if (step === undefined) return undefined
    const codes = Array.from({ length: RECOVERY_CODES }, () => randomCode(4))
    await this.#storage.write(
      {
        sql: 'UPDATE admin_users SET totp_secret = ?, totp_last_step = ? WHERE user_id = ?',
        params: [pending.secret, step, user_id],
      },
      { sql: 'DELETE FROM admin_recovery_codes WHERE user_id = ?', params: [user_id] },
      ...codes.map((recovery) => ({
        sql: 'INSERT INTO admin_recovery_codes (code_hash, user_id) VALUES (?, ?)',
        params: [hashSecret(recovery), user_id],
      })),
    )
    this.#pending.delete(user_id)
    return codes
  }

  async turnOff({ user_id }: Account): Promise<void> {
    await this.#storage.write(
      { sql: 'UPDATE admin_users SET totp_secret = NULL WHERE user_id = ?', params: [user_id] },
      { sql: 'DELETE FROM admin_recovery_codes WHERE user_id = ?', params: [user_id] },
    )
  }

  /** Takes a code of the app or a recovery code, once. */
  async accept({ user_id, totp_secret }: Account, code: string): Promise<boolean> {
    const step = totp_secret === null ? undefined : this.#stepOf(totp_secret, code)
    const statement =
      step === undefined
        ? {
            sql: 'DELETE FROM admin_recovery_codes WHERE user_id = ? AND code_hash = ?',
            params: [user_id, hashSecret(normaliseCode(code))],
          }
        : {
            sql: 'UPDATE admin_users SET totp_last_step = ? WHERE user_id = ? AND totp_last_step < ?',
            params: [step, user_id, step],
          }
    const [changed] = await this.#storage.write(statement)
    return changed === 1
  }

  /** The time step that the code belongs to. */
  #stepOf(secret: string, code: string): number | undefined {
    const token = code.replaceAll(/\s/g, '')
    if (!/^\d{6}$/.test(token)) return undefined
    const timestamp = this.#clock.wallNow()
    const delta = totpOf(secret, '').validate({ token, timestamp, window: WINDOW })
    return delta === null ? undefined : Math.floor(timestamp / 1000 / PERIOD_SECONDS) + delta
  }
}

/** SHA-1, six digits, 30 seconds: what every app can do. */
function totpOf(secret: string, label: string): TOTP {
  return new TOTP({ issuer: 'Drawbridge', label, secret, period: PERIOD_SECONDS })
}
