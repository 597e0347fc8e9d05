import { type AddressRange, formatAddressRange, networkOf, parseAddressRange } from '@drawbridge/plugin-kit'

/** A household of IPv6 addresses is one client. */
const IPV6_PREFIX = 64
const UNITS_OF_IPV6 = 8
const UNITS_OF_64 = 4

/** Addresses that are banned together, and how they are written. */
export interface Network extends AddressRange {
  /** Canonical: `203.0.113.7`, `203.0.113.0/24`, `2001:db8::/64` (RFC 5952). */
  readonly text: string
}

/** The network that an address or CIDR stands for; a single IPv6 address stands for its /64. `undefined` for what is neither. */
export function toNetwork(text: string): Network | undefined {
  const range = text.includes('/') ? parseAddressRange(text) : networkOf(text, IPV6_PREFIX)
  return range === undefined ? undefined : { ...range, text: formatAddressRange(range) }
}

/** The key that finds a single client, an IPv4 address or an IPv6 /64, without searching; `undefined` for other networks. */
export function singleKey({ first, last }: AddressRange): string | undefined {
  if (first.length !== UNITS_OF_IPV6) return first === last ? first : undefined
  const isWhole64 = first.slice(UNITS_OF_64) === '\0\0\0\0' && last.slice(UNITS_OF_64) === '\uffff\uffff\uffff\uffff'
  const network = first.slice(0, UNITS_OF_64)
  return isWhole64 && last.startsWith(network) ? network : undefined
}

/** Whether an `addressKey` lies in a network. */
export function isIn(key: string, { first, last }: AddressRange): boolean {
  return key.length === first.length && key >= first && key <= last
}

/** A banned address or network with its address masked. */
export function maskNetwork({ network }: { readonly network: Network }, mask: (address: string) => string): string {
  const [address = '', prefix] = network.text.split('/')
  return prefix === undefined ? mask(address) : `${mask(address)}/${prefix}`
}
