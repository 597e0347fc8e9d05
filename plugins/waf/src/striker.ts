import { addressKey, clientKey, type Host, isFromNobody, type RequestRecord } from '@drawbridge/plugin-kit'

/** When a client is banned. */
export interface BanRule {
  /** Refused requests. */
  readonly after: number
  /** Milliseconds within which they come. */
  readonly windowMs: number
  /** Milliseconds of the first ban, the second and so on. */
  readonly durationsMs: readonly number[]
}

/** Clients that are counted at a time, on one route; the one that was refused longest ago gives way. */
const MAX_CLIENTS = 10_000
const MAX_IDS = 10

interface Strikes {
  readonly times: number[]
  readonly requestIds: string[]
}

/** Counts the refusals of one route by client, and has a client banned that has too many. */
export class Striker {
  readonly #rule: BanRule
  readonly #host: Host
  readonly #clients = new Map<string, Strikes>()

  constructor(rule: BanRule, host: Host) {
    this.#rule = rule
    this.#host = host
  }

  /** Counts one refusal. */
  strike(record: RequestRecord, rule: string): void {
    const { clientAddress, requestId } = record
    const { after, windowMs } = this.#rule
    const now = this.#host.clock.now()
    const key = clientKey(addressKey(clientAddress))
    const { times, requestIds } = this.#take(key)
    times.push(now)
    requestIds.push(requestId)
    if (times.length > after) times.shift()
    if (requestIds.length > Math.min(after, MAX_IDS)) requestIds.shift()
    if (times.length < after || now - (times[0] ?? now) > windowMs) return
    this.#clients.delete(key)
    this.#ban(record, { rule, requestIds })
  }

  /** The client's strikes; it is the last to give way now. */
  #take(key: string): Strikes {
    const known = this.#clients.get(key)
    const strikes = known ?? { times: [], requestIds: [] }
    this.#clients.delete(key)
    const [oldest] = this.#clients.keys()
    if (oldest !== undefined && this.#clients.size >= MAX_CLIENTS) this.#clients.delete(oldest)
    this.#clients.set(key, strikes)
    return strikes
  }

  /** A trusted proxy is not banned: everybody behind it would be. */
  #ban(record: RequestRecord, cause: { rule: string; requestIds: readonly string[] }): void {
    const { bans, log, routeHost } = this.#host
    if (isFromNobody(record)) {
      log.warn({ host: routeHost }, 'a trusted proxy that does not say for whom it asks is not banned')
      return
    }
    bans
      .ban({
        address: record.clientAddress,
        route: routeHost,
        durationsMs: this.#rule.durationsMs,
        by: 'waf',
        ...cause,
      })
      .catch((error: unknown) => log.warn({ err: error, host: routeHost }, 'a ban of the WAF was not stored'))
  }
}
