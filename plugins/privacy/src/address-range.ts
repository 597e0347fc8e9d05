import ipaddr from 'ipaddr.js'

const MASKED_GROUP = /^x+$/i
const V6_GROUPS = 8
/** Nobody masks fewer groups of an IPv6 address than the interface part. */
const V6_MASKABLE_GROUPS = 4

/** An address or a CIDR: its bytes (4 or 16; those behind the prefix are zero) and how many bits of them count. */
export interface AddressRange {
  readonly bytes: readonly number[]
  readonly prefix: number
}

/** Reads an address or a CIDR of either family; IPv4 in IPv6 is taken for IPv4. `undefined` for anything else. */
export function parseRange(text: string): AddressRange | undefined {
  const [address = '', prefixText, ...rest] = text.split('/')
  if (rest.length > 0 || !isAddress(address)) return undefined
  const bytes = ipaddr.process(address).toByteArray()
  const bits = bytes.length * 8
  // The prefix of a mapped address counts its 96 leading bits.
  const lead = bytes.length === 4 && address.includes(':') ? 96 : 0
  if (prefixText === undefined) return { bytes, prefix: bits }
  const prefix = Number(prefixText) - lead
  if (!/^\d{1,3}$/.test(prefixText) || prefix < 0 || prefix > bits) return undefined
  return { bytes: bytes.map((byte, index) => byte & maskByte(prefix, index)), prefix }
}

/** What a stored text stands for: an address, or every address that was masked to it. `undefined` for what is no address. */
export function storedRange(text: string, mayBeMasked: boolean): AddressRange | undefined {
  const separator = text.includes(':') ? ':' : '.'
  const groups = text.split(separator)
  const kept = groups.findIndex((group) => MASKED_GROUP.test(group))
  if (kept !== -1) {
    const zeroed = groups.map((group, index) => (index >= kept ? '0' : group)).join(separator)
    return parseRange(`${zeroed}/${kept * (separator === ':' ? 16 : 8)}`)
  }
  const range = parseRange(text)
  return range === undefined || !mayBeMasked ? range : { ...range, prefix: prefixOfZeroed(range.bytes) }
}

/** Whether every address of `inner` is one of `outer`. */
export function contains(outer: AddressRange, inner: AddressRange): boolean {
  if (outer.bytes.length !== inner.bytes.length || inner.prefix < outer.prefix) return false
  return outer.bytes.every((byte, index) => byte === ((inner.bytes[index] ?? 0) & maskByte(outer.prefix, index)))
}

/** The text that every stored form of the range's addresses begins with; may be empty. */
export function commonText({ bytes, prefix }: AddressRange): string {
  if (bytes.length === 4) {
    const octets = bytes.slice(0, Math.min(3, Math.floor(prefix / 8)))
    return octets.map((octet) => `${octet}.`).join('')
  }
  let text = ''
  // RFC 5952: the first group that is zero may be where the address is shortened.
  for (let group = 0; group < Math.min(V6_GROUPS - 1, Math.floor(prefix / 16)); group += 1) {
    const value = ((bytes[group * 2] ?? 0) << 8) | (bytes[group * 2 + 1] ?? 0)
    if (value === 0) break
    text += `${value.toString(16)}:`
  }
  return text
}

/** The canonical text: `203.0.113.7`, `2001:db8::/48`. */
export function formatRange({ bytes, prefix }: AddressRange): string {
  const address = ipaddr.fromByteArray([...bytes]).toString()
  return prefix === bytes.length * 8 ? address : `${address}/${prefix}`
}

/** Every address of an IPv4 range in order, or one of each /64 of an IPv6 range; `undefined` where there are more than `max`. */
export function enumerate({ bytes, prefix }: AddressRange, max: number): string[] | undefined {
  const width = bytes.length === 4 ? 32 : 64
  const count = prefix >= width ? 1 : 2 ** (width - prefix)
  if (count > max) return undefined
  return Array.from({ length: count }, (_, offset) => {
    const own = [...bytes]
    const last = width / 8 - 1
    own[last] = (own[last] ?? 0) | (offset & 0xff)
    own[last - 1] = (own[last - 1] ?? 0) | (offset >> 8)
    return ipaddr.fromByteArray(own).toString()
  })
}

/** `203.0.113.0` may be a masked /24, `2001:db8:1:2::` a masked /64. */
function prefixOfZeroed(bytes: readonly number[]): number {
  const step = bytes.length === 4 ? 1 : 2
  let kept = bytes.length
  while (kept > 0 && bytes.slice(kept - step, kept).every((byte) => byte === 0)) kept -= step
  const zeroGroups = (bytes.length - kept) / step
  return step === 2 && zeroGroups < V6_MASKABLE_GROUPS ? bytes.length * 8 : kept * 8
}

function maskByte(prefix: number, index: number): number {
  const bits = Math.min(8, Math.max(0, prefix - index * 8))
  return (0xff00 >> bits) & 0xff
}

/** Strict: ipaddr.js itself takes `127.1` and octal numbers. */
function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || (text.includes(':') && !text.includes('%') && ipaddr.isValid(text))
}
