import { readFileSync } from 'node:fs'
import type { AdminParts } from './admin-parts.ts'
import { assertPassword } from './passwords.ts'
import { showTime } from './seconds.ts'

/** The account that a password file makes. */
const NAME = 'admin'

/**
 * Sees to it that somebody can sign in for the first time, as soon as there is storage: by the account from the password file, or by a setup
 * token in the log. Does nothing where there is an account. What fails is logged, and tried again when storage comes back.
 */
export function prepareOnce(parts: AdminParts, passwordFile: string | undefined): void {
  const { storage, log } = parts.host
  let isDone = false
  storage.onReady(async () => {
    if (isDone) return
    isDone = true
    try {
      await prepareFirstAdmin(parts, passwordFile)
    } catch (error) {
      isDone = false
      log.error({ err: error }, 'the first account could not be prepared')
    }
  })
}

async function prepareFirstAdmin(parts: AdminParts, passwordFile: string | undefined): Promise<void> {
  const { accounts, host } = parts
  if (await accounts.hasAny()) return
  if (passwordFile !== undefined && (await createFromFile(parts, passwordFile))) return
  const { token, expiresAt } = await accounts.issueFirstSetupToken()
  host.log.warn(
    { expires_at: showTime(expiresAt) },
    // Not "token: …": the log would take that for a secret that slipped in.
    `there is no account yet: enter ${token} with a new name and password on the dashboard (for another: drawbridge admin setup-token)`,
  )
}

/** False where the file is of no use, which is logged: there is still the setup token. */
async function createFromFile({ accounts, passwords, host }: AdminParts, file: string): Promise<boolean> {
  try {
    const password = readFileSync(file, 'utf8').replace(/\r?\n$/, '')
    assertPassword(password, NAME)
    const hash = await passwords.hash(password)
    await host.audit.append({
      actor: { kind: 'system', name: 'gateway' },
      source: 'system',
      action: 'setup',
      resourceType: 'user',
      resourceId: NAME,
      notes: 'the password comes from DRAWBRIDGE_ADMIN_PASSWORD_FILE',
    })
    const isCreated = await accounts.createFirst(NAME, hash)
    if (isCreated) host.log.info({ user: NAME, file }, 'made the first account from the password file')
    return isCreated
  } catch (error) {
    host.log.error({ err: error, file }, 'the password file makes no account')
    return false
  }
}
