import type { AddressRange } from './address-list.ts'

const UNIT_BITS = 16
const IPV4_UNITS = 2

/** The address of an `addressKey` as it is written: `203.0.113.7`, `2001:db8::1` (RFC 5952). */
export function formatAddress(key: string): string {
  // Not by characters: two units of a key may look like one.
  const units = key.split('').map((unit) => unit.charCodeAt(0))
  if (units.length === IPV4_UNITS) return units.flatMap((unit) => [unit >> 8, unit & 0xff]).join('.')
  // The URL parser shortens as RFC 5952 says.
  return new URL(`http://[${units.map((unit) => unit.toString(16)).join(':')}]`).hostname.slice(1, -1)
}

/** The CIDR of a range that is one; a single address is written without its prefix. */
export function formatAddressRange(range: AddressRange): string {
  const prefix = prefixOf(range)
  return `${formatAddress(range.first)}${prefix === range.first.length * UNIT_BITS ? '' : `/${prefix}`}`
}

/** How many bits all addresses of a range begin with. */
export function prefixOf({ first, last }: AddressRange): number {
  for (let i = 0; i < first.length; i += 1) {
    const differing = first.charCodeAt(i) ^ last.charCodeAt(i)
    if (differing !== 0) return i * UNIT_BITS + Math.clz32(differing) - UNIT_BITS
  }
  return first.length * UNIT_BITS
}
