import { mostSpecific, type PathPatternValue, parseBanDurations, parsePathPattern } from '@drawbridge/plugin-kit'
import type { ClientEntry } from './client-entry.ts'
import type { PathLimit, RateLimitOptions } from './options.ts'
import type { Rule } from './rule.ts'
import { type LimitShape, toShape } from './sliding-window.ts'

/** When refusals lead to a ban. */
export interface BanRule {
  readonly after: LimitShape
  readonly durationsMs: readonly number[]
  readonly isAlert: boolean
}

/** A limit of a route: what is counted, and what its answers say. */
export interface Limit {
  readonly rule: Rule
  /** Requests in `windowMs`, without the burst. */
  readonly count: number
  readonly windowMs: number
  readonly ban: BanRule | undefined
}

/** The limits for a path. */
export interface PathLimits {
  readonly perClient: Limit | undefined
  readonly together: readonly Limit[]
}

/** Why a request is too many. */
export interface Excess {
  readonly limit: Limit
  /** Milliseconds until it would not be. */
  readonly waitMs: number
  /** The client's entry where the limit is one of its own. */
  readonly entry: ClientEntry | undefined
}

/** Who sends a request, and when (monotonic milliseconds). */
export interface Arrival {
  /** A `clientKey`. */
  readonly key: string
  readonly address: string
  readonly now: number
}

/** Gives the rule of a route its place in the service. */
export type AcquireRule = (name: string, shape: LimitShape, violationsMs: number) => Rule

const NOBODY = ''

/** The limits of a route, compiled; options have been checked. */
export function compileLimits(options: RateLimitOptions, acquire: AcquireRule): (policyPath: string) => PathLimits {
  const make = new LimitMaker(options, acquire)
  const together = make.together(options.global, 'global')
  const ofRoute: PathLimits = { perClient: make.perClient(options, ''), together }
  const entries = options.paths.flatMap((entry): (PathLimits & { readonly pattern: PathPatternValue })[] => {
    const pattern = parsePathPattern(entry.path)
    if (pattern === undefined) return []
    return [
      {
        pattern,
        perClient: entry.per_ip === undefined ? ofRoute.perClient : make.perClient(entry, `${entry.path} `),
        together: [...make.together(entry.global, `${entry.path} global`), ...together],
      },
    ]
  })
  if (entries.length === 0) return () => ofRoute
  return (policyPath) => mostSpecific(entries, policyPath) ?? ofRoute
}

/** Counts a request where no limit is in the way of it, else says which is and longest so. Both cost below 1 µs a limit. */
export function admit({ perClient, together }: PathLimits, { key, address, now }: Arrival): Excess | undefined {
  const entry = perClient?.rule.entryOf(key, address)
  let waitMs = 0
  let limit: Limit | undefined
  if (perClient !== undefined && entry !== undefined) {
    waitMs = entry.window(perClient.rule.shape).waitMs(now)
    if (waitMs > 0) limit = perClient
  }
  for (const each of together) {
    const wait = each.rule.entryOf(NOBODY, NOBODY).window(each.rule.shape).waitMs(now)
    if (wait <= waitMs) continue
    waitMs = wait
    limit ??= each
  }
  if (limit !== undefined) return { limit, waitMs, entry: limit === perClient ? entry : undefined }
  if (perClient !== undefined && entry !== undefined) take(entry, perClient.rule, now)
  for (const { rule } of together) take(rule.entryOf(NOBODY, NOBODY), rule, now)
  return undefined
}

function take(entry: ClientEntry, { shape }: Rule, now: number): void {
  entry.window(shape).take(now)
  entry.unsaved += 1
}

class LimitMaker {
  readonly #options: RateLimitOptions
  readonly #acquire: AcquireRule

  constructor(options: RateLimitOptions, acquire: AcquireRule) {
    this.#options = options
    this.#acquire = acquire
  }

  together(rate: RateLimitOptions['global'], name: string): Limit[] {
    if (rate === undefined) return []
    const { count, windowMs } = rate
    return [{ rule: this.#acquire(name, toShape(count, windowMs, 0), 0), count, windowMs, ban: undefined }]
  }

  perClient(entry: RateLimitOptions | PathLimit, prefix: string): Limit | undefined {
    const { per_ip: rate, burst = this.#options.burst } = entry
    if (rate === undefined) return undefined
    const { count, windowMs } = rate
    const ban = this.#banRule(entry)
    const rule = this.#acquire(`${prefix}per_ip`, toShape(count, windowMs, burst), ban?.after.longMs ?? 0)
    return { rule, count, windowMs, ban }
  }

  #banRule(entry: RateLimitOptions | PathLimit): BanRule | undefined {
    const { ban_after: after = this.#options.ban_after } = entry
    if (after === undefined) return undefined
    const windowMs = entry.ban_window ?? this.#options.ban_window
    return {
      after: toShape(after, windowMs, 0),
      durationsMs: parseBanDurations(entry.ban_duration ?? this.#options.ban_duration) ?? [],
      isAlert: 'alert_webhook' in entry && entry.alert_webhook,
    }
  }
}
