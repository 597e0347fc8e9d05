import { type Host, type RequestRecord, withDetails } from '@drawbridge/plugin-kit'
import type { FastifyReply } from 'fastify'
import { ban } from './ban.ts'
import { TooManyRequests } from './errors.ts'
import type { RateLimitOptions } from './options.ts'
import type { RateLimitService } from './rate-limit-service.ts'
import type { Excess } from './route-limits.ts'

/** What the refusals of a route need. */
export interface EnforcerParts {
  readonly host: Host
  readonly service: RateLimitService
  readonly options: Pick<RateLimitOptions, 'mode' | 'hide_limits'>
}

/** Refuses what is too many, or says what would be refused. */
export class Enforcer {
  readonly #parts: EnforcerParts
  readonly #isObserving: boolean

  constructor(parts: EnforcerParts) {
    this.#parts = parts
    this.#isObserving = parts.options.mode === 'observe'
  }

  /** Notes, counts and stores it. The error to answer with; `undefined` where the route only observes. */
  refuse(excess: Excess, record: RequestRecord, reply: FastifyReply): Error | undefined {
    const { limit, entry } = excess
    const { host, service } = this.#parts
    const { rule, count, windowMs } = limit
    const what = this.#isObserving ? 'would-refuse' : 'refused'
    record.note({ by: 'rate-limit', what, facts: { rule: rule.name, limit: count, window_ms: windowMs } })
    const counted = entry ?? rule.entryOf('', '')
    const action = this.#isObserving ? 'would-throttle' : 'throttled'
    service.violations.record({ record, host, rule, entry: counted, action })
    if (entry !== undefined) this.#countForBan(excess, record)
    if (this.#isObserving) return undefined
    const seconds = this.#addHeaders(excess, reply)
    return withDetails(new TooManyRequests(rule.name), { retry_after: seconds })
  }

  #countForBan({ limit, entry }: Excess, record: RequestRecord): void {
    const { ban: banRule, rule } = limit
    // Of a count that several share nobody knows who used it up.
    if (banRule === undefined || entry === undefined || entry.address === '') return
    const { host, service } = this.#parts
    const violations = entry.addViolation(banRule.after, host.clock.now(), record.requestId)
    if (violations < banRule.after.most) return
    const { durationsMs, isAlert } = banRule
    ban({ host, service, rule, entry, record, durationsMs, isAlert, isObserving: this.#isObserving })
  }

  /** Seconds after which it is worth trying again (RFC 9110 10.2.3), and draft-ietf-httpapi-ratelimit-headers. */
  #addHeaders({ limit, waitMs, entry }: Excess, reply: FastifyReply): number {
    const { rule, count, windowMs } = limit
    const exact = Math.ceil(waitMs / 1000)
    // Where many wait for the same moment they must not all come in it.
    const seconds = entry === undefined ? exact + Math.floor(Math.random() * (1 + Math.ceil(windowMs / 10_000))) : exact
    reply.header('retry-after', String(seconds))
    if (this.#parts.options.hide_limits) return seconds
    const name = quote(rule.name)
    reply.header('ratelimit-policy', `${name};q=${count};w=${Math.ceil(windowMs / 1000)}`)
    reply.header('ratelimit', `${name};r=0;t=${exact}`)
    return seconds
  }
}

/** A String of RFC 9651 3.3.3: visible ASCII. */
function quote(text: string): string {
  return `"${text.replaceAll(/[^ !#-[\]-~]/g, '_')}"`
}
