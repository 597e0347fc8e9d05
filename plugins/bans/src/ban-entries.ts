import { parseDuration } from '@drawbridge/plugin-kit'
import { type Static, Type } from 'typebox'
import type { Ban } from './ban-index.ts'
import { BadAddress, BadDuration } from './errors.ts'
import { isIn, maskNetwork, type Network, toNetwork } from './network.ts'

const LONGEST_MS = 10 * 365 * 86_400_000
/**
 * Bans of one request: about 10 ms in which nothing else is done, and one transaction, so that all of them are in force or none is.
 */
export const MAX_AT_ONCE = 500
/** The end of the year 9999, in seconds. */
const LATEST = 253_402_300_799

const nullableTime = (description: string) => Type.Union([Type.Integer(), Type.Null()], { description })
const Route = Type.String({ description: 'First host name of the route; empty for all.', maxLength: 253 })
const Reason = Type.String({ description: 'Why, in words.', maxLength: 500 })

/** A ban as the API shows it. */
export const ShownBan = Type.Object(
  {
    ban_id: Type.Integer({ description: 'Number of the ban.' }),
    address: Type.String({ description: 'The address or CIDR; masked for viewers.' }),
    route: Route,
    created_at: Type.Integer({ description: 'Seconds since 1970.' }),
    expires_at: nullableTime('Seconds since 1970; null for ever.'),
    banned_by: Type.String({ description: 'The plugin, or the account that asked for it.' }),
    rule: Type.String({ description: 'The rule that was broken; empty for bans by hand.' }),
    reason: Reason,
    request_ids: Type.Array(Type.String(), { description: 'The requests that led to it, newest last.' }),
    ban_count: Type.Integer({ description: 'How often it has been banned from this route by now.' }),
    is_stored: Type.Boolean({ description: 'Whether it survives a restart already.' }),
  },
  { additionalProperties: false },
)

/** A ban as the API shows it. */
export type ShownBan = Static<typeof ShownBan>

/** A ban as an import brings it, and an export gives it. */
export const PortableBan = Type.Object(
  {
    address: Type.String({ description: 'Address or CIDR.', minLength: 1, maxLength: 50 }),
    route: Type.Optional(Route),
    expires_at: Type.Optional(
      Type.Integer({ description: 'Seconds since 1970; absent for ever.', minimum: 1, maximum: LATEST }),
    ),
    reason: Type.Optional(Reason),
  },
  { additionalProperties: false },
)

/** What an export gives and an import takes. */
export type PortableBan = Static<typeof PortableBan>

/** What is asked for when somebody is to be banned. */
export const NewBans = Type.Object(
  {
    addresses: Type.Array(Type.String({ minLength: 1, maxLength: 50 }), {
      description: 'Addresses and CIDRs. A single IPv6 address stands for its /64.',
      minItems: 1,
      maxItems: MAX_AT_ONCE,
    }),
    route: Type.Optional(Route),
    duration: Type.Union([Type.Number({ minimum: 1 }), Type.String({ maxLength: 30 })], {
      description: 'Seconds, `1h`, `30d` or `permanent`; at most ten years.',
      default: '1h',
    }),
    reason: Type.Optional(Reason),
    force: Type.Boolean({ description: 'Also where your own address is among them.', default: false }),
  },
  { additionalProperties: false },
)

/** Shows a ban; to viewers with its address masked. */
export function showBan(
  ban: Ban,
  { isStored, mask }: { isStored: boolean; mask: (address: string) => string },
): ShownBan {
  return {
    ban_id: ban.id,
    address: maskNetwork(ban, mask),
    route: ban.route,
    created_at: Math.floor(ban.createdAt / 1000),
    expires_at: toSeconds(ban.expiresAt),
    banned_by: ban.by,
    rule: ban.rule,
    reason: ban.reason,
    request_ids: [...ban.requestIds],
    ban_count: ban.count,
    is_stored: isStored,
  }
}

/** A ban for an export. */
export function toPortable({ network, route, expiresAt, reason }: Ban): PortableBan {
  const expires_at = toSeconds(expiresAt)
  return { address: network.text, route, reason, ...(expires_at === null ? {} : { expires_at }) }
}

/** Throws `BadAddress` for what is no address or CIDR. */
export function readNetwork(text: string): Network {
  const network = toNetwork(text.trim())
  if (network === undefined) throw new BadAddress(text)
  return network
}

/** Milliseconds, Infinity for `permanent`. Throws `BadDuration`. */
export function readDuration(text: number | string): number {
  if (text === 'permanent') return Number.POSITIVE_INFINITY
  const ms = parseDuration(text)
  if (ms === undefined || ms < 1000 || ms > LONGEST_MS) throw new BadDuration(String(text))
  return ms
}

/** The first of the networks that an `addressKey` lies in. */
export function findOwn(networks: readonly Network[], key: string | undefined): Network | undefined {
  return key === undefined ? undefined : networks.find((network) => isIn(key, network))
}

function toSeconds(ms: number): number | null {
  return ms === Number.POSITIVE_INFINITY ? null : Math.ceil(ms / 1000)
}
