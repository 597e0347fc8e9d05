import { type AddressRange, parseAddressRange } from './address-list.ts'
import { formatAddress, prefixOf } from './address-text.ts'

const MASKED_GROUP = /^x+$/i
/** Of eight: the last one may be masked. */
const MAX_IPV6_GROUPS = 7
const MAX_IPV4_GROUPS = 3

/**
 * What a stored text stands for: an address or CIDR, or every address that was masked to it, as `203.0.113.xxx` stands for 203.0.113.0/24.
 * `undefined` for anything else.
 */
export function parseMaskedAddress(text: string): AddressRange | undefined {
  const separator = text.includes(':') ? ':' : '.'
  const groups = text.split(separator)
  const hiddenAt = groups.findIndex((group) => MASKED_GROUP.test(group))
  if (hiddenAt < 1) return parseAddressRange(text)
  const shown = groups.slice(0, hiddenAt)
  if (separator === ':') return parseAddressRange(`${shown.join(':')}::/${hiddenAt * 16}`)
  return parseAddressRange(`${[...shown, '0', '0', '0', '0'].slice(0, 4).join('.')}/${hiddenAt * 8}`)
}

/**
 * The text that every stored form of the range's addresses begins with, for SQL that goes by an index; may be empty. At most
 * `maxIpv6Groups` groups of an IPv6 address.
 */
export function commonStart(range: AddressRange, maxIpv6Groups = MAX_IPV6_GROUPS): string {
  const { first } = range
  const prefix = prefixOf(range)
  if (first.length === 2) {
    const octets = formatAddress(first).split('.')
    return octets
      .slice(0, Math.min(MAX_IPV4_GROUPS, Math.floor(prefix / 8)))
      .map((octet) => `${octet}.`)
      .join('')
  }
  let text = ''
  for (let group = 0; group < Math.min(maxIpv6Groups, Math.floor(prefix / 16)); group += 1) {
    const value = first.charCodeAt(group)
    // RFC 5952: the first group that is zero may be where the address is shortened.
    if (value === 0) break
    text += `${value.toString(16)}:`
  }
  return text
}
