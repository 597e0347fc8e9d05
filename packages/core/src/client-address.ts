import { addressKey, formatAddress, listOf, parseAddressRange } from '@drawbridge/plugin-kit'

// RFC 3986 3.2.2, and the zone that some proxies write (RFC 4007 11).
const BRACKETED = /^\[([^\]%]*)(?:%[^\]]*)?\](?::\d{1,5})?$/
const V4_WITH_PORT = /^([\d.]+):\d{1,5}$/

/** Decides whose forwarding headers are believed. */
export interface ProxyTrust {
  /** `address` as `normaliseAddress` gives it. */
  isTrusted(address: string): boolean
}

/** Compiles `trusted_proxies`: addresses and CIDRs of either family. Throws a TypeError naming the entry it cannot read. */
export function createProxyTrust(entries: readonly string[]): ProxyTrust {
  const ranges = entries.map((entry) => {
    const range = parseAddressRange(entry)
    if (range === undefined) throw new TypeError(`trusted_proxies: "${entry}" is no address or CIDR`)
    return range
  })
  const list = listOf(ranges)
  return { isTrusted: (address) => list.has(address) }
}

/**
 * One form per address: IPv4-mapped IPv6 unmapped, IPv6 shortened, zone, brackets and port dropped. `undefined` for anything
 * that is no address.
 */
export function normaliseAddress(text: string): string | undefined {
  const bare = stripDecoration(text.trim())
  const key = addressKey(bare)
  return key === undefined ? undefined : formatAddress(key)
}

/**
 * The client's address: the socket's peer, or, as far as trusted proxies vouch for it, the right-most address in
 * `X-Forwarded-For` that is not a trusted proxy itself. An entry that is no address ends the walk at the last good one.
 */
export function resolveClientAddress(peer: string, forwardedFor: readonly string[], trust: ProxyTrust): string {
  let client = peer
  if (!trust.isTrusted(peer)) return client
  const hops = forwardedFor.join(',').split(',')
  for (let i = hops.length - 1; i >= 0; i -= 1) {
    const address = normaliseAddress(hops[i] ?? '')
    if (address === undefined) return client
    client = address
    if (!trust.isTrusted(address)) return client
  }
  return client
}

function stripDecoration(text: string): string {
  if (text.startsWith('[')) return BRACKETED.exec(text)?.[1] ?? ''
  const zone = text.indexOf('%')
  if (zone !== -1) return text.includes(':') ? text.slice(0, zone) : ''
  return V4_WITH_PORT.exec(text)?.[1] ?? text
}
