import type { Actor, AuditSource, ServiceHost } from '@drawbridge/plugin-kit'
import type { Ban } from './ban-index.ts'
import { maskNetwork } from './network.ts'

/** Of more bans at once, so many share an entry: the facts of each fit into the 64 KiB that an entry keeps. */
const BANS_OF_AN_ENTRY = 50

/** Who bans or unbans. */
export interface Deed {
  readonly actor: Actor
  readonly source: AuditSource
  readonly address?: string
  readonly requestId?: string
}

/**
 * Enters bans, or their ends, in the audit log, each of them by its number. It keeps no whole address: the number leads to the row that has
 * it. Rejects where that cannot be stored.
 */
export async function accountBans(
  { audit, redactor }: Pick<ServiceHost, 'audit' | 'redactor'>,
  { action, bans, deed }: { action: 'ip_banned' | 'ip_unbanned'; bans: readonly Ban[]; deed: Deed },
): Promise<void> {
  const mask = (address: string) => redactor.address(address)
  const isMany = bans.length > BANS_OF_AN_ENTRY
  const appended: Promise<void>[] = []
  for (let i = 0; i < bans.length; i += isMany ? BANS_OF_AN_ENTRY : 1) {
    const [ban, ...others] = bans.slice(i, isMany ? i + BANS_OF_AN_ENTRY : i + 1) as [Ban, ...Ban[]]
    const facts = isMany
      ? { bans: [ban, ...others].map((each) => ({ ban_id: each.id, ...factsOf(each, mask) })) }
      : factsOf(ban, mask)
    const resourceId = isMany ? `${ban.id}-${others.at(-1)?.id ?? ban.id}` : String(ban.id)
    const change = action === 'ip_banned' ? { after: facts } : { before: facts }
    appended.push(audit.append({ ...deed, action, resourceType: 'ban', resourceId, ...change }))
  }
  await Promise.all(appended)
}

function factsOf(ban: Ban, mask: (address: string) => string) {
  const { route, by, rule, reason, expiresAt, requestIds } = ban
  const until = expiresAt === Number.POSITIVE_INFINITY ? 'for ever' : new Date(expiresAt).toISOString()
  return { client: maskNetwork(ban, mask), route, by, rule, reason, until, request_ids: requestIds }
}
