import type { ServiceHost } from '@drawbridge/plugin-kit'
import { type Accountability, createAccountability } from './accountability.ts'
import { Accounts } from './accounts.ts'
import { createAdminStorage } from './admin-storage.ts'
import { ApiTokens } from './api-tokens.ts'
import { Doors } from './doors.ts'
import { createIdentify, type Identify } from './identity.ts'
import { LoginThrottle } from './login-throttle.ts'
import { createPasswords, type Passwords } from './passwords.ts'
import { SecondFactor } from './second-factor.ts'
import { Sessions } from './sessions.ts'

/** One thing that must be well for the gateway to be ready. */
export interface ReadinessCheck {
  /** `routes`, `database`, … */
  readonly name: string
  readonly isOk: boolean
  /** What is wrong, in words for the operator. */
  readonly detail?: string
}

/** What the endpoints of the admin app work with. */
export interface AdminParts {
  readonly host: ServiceHost
  readonly readiness: () => readonly ReadinessCheck[]
  readonly doors: Doors
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly tokens: ApiTokens
  readonly passwords: Passwords
  readonly secondFactor: SecondFactor
  readonly throttle: LoginThrottle
  readonly trail: Accountability
  readonly identify: Identify
}

/** Makes them, on top of the gateway's services. */
export async function createAdminParts(host: ServiceHost, readiness: AdminParts['readiness']): Promise<AdminParts> {
  const { clock } = host
  const storage = createAdminStorage(host)
  const doors = new Doors()
  const sessions = new Sessions(storage, clock)
  const tokens = new ApiTokens(storage, clock)
  return {
    host,
    readiness,
    doors,
    sessions,
    tokens,
    accounts: new Accounts(storage, clock),
    passwords: await createPasswords(),
    secondFactor: new SecondFactor(storage, clock),
    throttle: new LoginThrottle(clock),
    trail: createAccountability(host),
    identify: createIdentify({ doors, sessions, tokens, host }),
  }
}
