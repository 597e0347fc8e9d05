import { BlockList, isIP } from 'node:net'

/** A network, or one address as a network of its own. */
export interface AddressRange {
  readonly family: 4 | 6
  readonly bits: readonly (0 | 1)[]
}

/** The range that a CIDR or an address stands for; undefined for anything else. */
export function parseRange(text: string): AddressRange | undefined {
  const [address = '', prefix, rest] = text.split('/')
  const family = isIP(address)
  if (rest !== undefined || (family !== 4 && family !== 6)) return undefined
  const all = family === 4 ? bitsOfV4(address) : bitsOfV6(address)
  if (prefix === undefined) return { family, bits: all }
  const length = /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN
  return length <= all.length ? { family, bits: all.slice(0, length) } : undefined
}

/** The range that a masked address stands for: `203.0.113.xxx` is 203.0.113.0/24. Undefined where it shows no network. */
export function parseMasked(text: string): AddressRange | undefined {
  const hidden = text.search(/[.:]xxx/)
  if (hidden === -1) return parseRange(text)
  const separator = text.charAt(hidden)
  const shown = text.slice(0, hidden).split(separator)
  if (separator === '.') return parseRange(`${[...shown, '0', '0', '0'].slice(0, 4).join('.')}/${shown.length * 8}`)
  return parseRange(`${shown.join(':')}::/${shown.length * 16}`)
}

/** Whether two ranges have an address in common: one of them then holds the other. */
export function overlaps(a: AddressRange, b: AddressRange): boolean {
  const shorter = Math.min(a.bits.length, b.bits.length)
  if (a.family !== b.family) return false
  for (let i = 0; i < shorter; i += 1) if (a.bits[i] !== b.bits[i]) return false
  return true
}

/** Makes the test whether an address lies in one of the CIDRs. */
export function insideOf(cidrs: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const cidr of cidrs) {
    const [address = '', prefix] = cidr.split('/')
    const type = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(address, type)
    else list.addSubnet(address, Number(prefix), type)
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

function bitsOfV4(address: string): (0 | 1)[] {
  return address.split('.').flatMap((octet) => toBits(Number(octet), 8))
}

function bitsOfV6(address: string): (0 | 1)[] {
  // The URL parser writes an address in one way: compressed, an IPv4 tail in hexadecimal.
  const [head = '', tail] = new URL(`http://[${address.split('%', 1)[0]}]`).hostname.slice(1, -1).split('::')
  const left = head.split(':').filter((group) => group !== '')
  const right = (tail ?? '').split(':').filter((group) => group !== '')
  const zeros = new Array<string>(8 - left.length - right.length).fill('0')
  return [...left, ...zeros, ...right].flatMap((group) => toBits(Number.parseInt(group, 16), 16))
}

function toBits(value: number, count: number): (0 | 1)[] {
  return Array.from({ length: count }, (_, i) => ((value >> (count - 1 - i)) & 1) as 0 | 1)
}
