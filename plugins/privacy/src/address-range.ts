import {
  type AddressRange,
  formatAddress,
  parseAddressRange,
  parseMaskedAddress,
  prefixOf,
} from '@drawbridge/plugin-kit'

/** Nobody masks fewer groups of an IPv6 address than the interface part. */
const V6_MASKABLE_GROUPS = 4

/**
 * What a stored text stands for: an address, or every address that was masked to it, where `mayBeMasked` also by zeros.
 * `undefined` for what is no address.
 */
export function storedRange(text: string, mayBeMasked: boolean): AddressRange | undefined {
  const range = parseMaskedAddress(text)
  if (range === undefined || !mayBeMasked || range.first !== range.last) return range
  return parseAddressRange(`${formatAddress(range.first)}/${prefixOfZeroed(range.first)}`)
}

/** Whether every address of `inner` is one of `outer`. */
export function contains(outer: AddressRange, inner: AddressRange): boolean {
  return outer.first.length === inner.first.length && outer.first <= inner.first && inner.last <= outer.last
}

/** Every address of an IPv4 range in order, or one of each /64 of an IPv6 range; `undefined` where there are more than `max`, at most 65,536. */
export function enumerate(range: AddressRange, max: number): string[] | undefined {
  const { first } = range
  const width = first.length === 2 ? 32 : 64
  const prefix = prefixOf(range)
  const count = prefix >= width ? 1 : 2 ** (width - prefix)
  if (count > max) return undefined
  const last = width / 16 - 1
  const unitAt = (offset: number) => String.fromCharCode(first.charCodeAt(last) + offset)
  return Array.from({ length: count }, (_, offset) =>
    formatAddress(first.slice(0, last) + unitAt(offset) + first.slice(last + 1)),
  )
}

/** `203.0.113.0` may be a masked /24, `2001:db8:1:2::` a masked /64. */
function prefixOfZeroed(key: string): number {
  const [zeros = ''] = /\0*$/.exec(key) ?? []
  const kept = (key.length - zeros.length) * 16
  if (key.length > 2) return zeros.length < V6_MASKABLE_GROUPS ? 128 : kept
  const lastKept = key.charCodeAt(key.length - zeros.length - 1)
  return kept > 0 && (lastKept & 0xff) === 0 ? kept - 8 : kept
}
