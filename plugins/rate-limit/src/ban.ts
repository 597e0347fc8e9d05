import { type Host, isFromNobody, type RequestRecord } from '@drawbridge/plugin-kit'
import type { ClientEntry } from './client-entry.ts'
import type { RateLimitService } from './rate-limit-service.ts'
import type { Rule } from './rule.ts'

/** Whom to ban, and what for. */
export interface BanParts {
  readonly host: Host
  readonly service: RateLimitService
  readonly rule: Rule
  readonly entry: ClientEntry
  readonly record: RequestRecord
  readonly durationsMs: readonly number[]
  /** Whether it is marked as an alert. */
  readonly isAlert: boolean
  /** Nobody is banned; it is only said who would be. */
  readonly isObserving: boolean
}

/** Bans the client from the route, and lets its violations begin anew. A trusted proxy is not banned: everybody behind it would be. */
export function ban(parts: BanParts): void {
  const { host, service, rule, entry, record, durationsMs, isAlert, isObserving } = parts
  const { requestIds } = entry
  entry.forgetViolations()
  if (isFromNobody(record)) {
    const { log, routeHost: route } = host
    log.warn({ route, rule: rule.name }, 'a trusted proxy that does not say for whom it asks is not banned')
    return
  }
  record.note({ by: 'rate-limit', what: isObserving ? 'would-ban' : 'banned', facts: { rule: rule.name } })
  service.violations.record({ record, host, rule, entry, action: isObserving ? 'would-ban' : 'banned' })
  if (isObserving) return
  const { routeHost: route, log } = host
  host.bans
    .ban({ address: record.clientAddress, route, durationsMs, by: 'rate-limit', rule: rule.name, requestIds, isAlert })
    .then((until) => service.markBanned(rule, entry, until))
    .catch((error: Error) => log.warn({ err: error, route, rule: rule.name }, 'a ban is not stored'))
}
