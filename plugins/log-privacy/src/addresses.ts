import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { LogPrivacyOptions } from './options.ts'

/** What is shown for something that is no address. */
export const INVALID = '[invalid]'

/** RFC 3986 3.2.2, with the zone that some write (RFC 4007 11). */
const BRACKETED = /^\[([^\]%]*)(?:%[^\]]*)?\](?::\d{1,5})?$/
const V4_WITH_PORT = /^([\d.]+):\d{1,5}$/
const V4_TAIL = /(?:\d{1,3}\.){3}\d{1,3}$/
const MAX_LENGTH = 128

/** The renderings of one address. */
export interface MaskedAddress {
  /** For people. */
  readonly shown: string
  /** For programs. */
  readonly parsable: string
  /** The address in full and in one form: without port, brackets and zone, IPv4-mapped unmapped. Empty for what is no address. */
  readonly plain: string
}

type MaskOptions = Pick<LogPrivacyOptions, 'mask_pii' | 'mask_ip_method' | 'mask_ipv6_prefix'>

const NO_ADDRESS: MaskedAddress = { shown: INVALID, parsable: '0.0.0.0', plain: '' }

/** Makes the function that renders an address. For `hash` its last octet is masked: the pseudonym is the redactor's. */
export function createAddressMask(options: MaskOptions): (address: string) => MaskedAddress {
  const isWhole = !options.mask_pii || options.mask_ip_method === 'full'
  const isZeroed = options.mask_ip_method === 'zero'
  return (address) => {
    const parsed = parseAddress(address)
    if (parsed === undefined) return NO_ADDRESS
    const plain = parsed.toString()
    if (isWhole) return { shown: plain, parsable: plain, plain }
    const masked = parsed instanceof ipaddr.IPv4 ? maskV4(parsed) : maskV6(parsed, options.mask_ipv6_prefix)
    return isZeroed ? { shown: masked.parsable, parsable: masked.parsable, plain } : { ...masked, plain }
  }
}

function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (text.length > MAX_LENGTH) return undefined
  const bare = withoutDecoration(text)
  // Stricter than ipaddr.js, which takes 192.168.001.1 and 1.2.3.
  const family = isIP(bare)
  if (family === 4) return ipaddr.IPv4.parse(bare)
  if (family === 0) return undefined
  const groups = bare.replace(V4_TAIL, toGroups)
  if (!ipaddr.IPv6.isValid(groups)) return undefined
  const parsed = ipaddr.IPv6.parse(groups)
  return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address() : parsed
}

/** `203.0.113.45` as `cb00:712d`: ipaddr.js takes `::203.0.113.45` for an IPv4-mapped address, which it is not (RFC 4291 2.5.5.1). */
function toGroups(tail: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = tail.split('.').map(Number)
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
}

function withoutDecoration(text: string): string {
  if (text.startsWith('[')) return BRACKETED.exec(text)?.[1] ?? ''
  const zone = text.indexOf('%')
  if (zone !== -1) return text.includes(':') ? text.slice(0, zone) : ''
  return V4_WITH_PORT.exec(text)?.[1] ?? text
}

function maskV4({ octets }: ipaddr.IPv4): Pick<MaskedAddress, 'shown' | 'parsable'> {
  const network = octets.slice(0, 3).join('.')
  return { shown: `${network}.xxx`, parsable: `${network}.0` }
}

function maskV6({ parts }: ipaddr.IPv6, prefix: 64 | 48): Pick<MaskedAddress, 'shown' | 'parsable'> {
  // 6to4 (RFC 3056): bits 17 to 48 are an IPv4 address, of which the last octet goes.
  const isSixToFour = parts[0] === 0x2002
  const kept = parts.slice(0, isSixToFour ? 3 : prefix / 16)
  if (isSixToFour) kept[2] = (kept[2] ?? 0) & 0xff00
  const missing = 8 - kept.length
  return {
    shown: `${kept.map((part) => part.toString(16)).join(':')}${':xxxx'.repeat(missing)}`,
    parsable: new ipaddr.IPv6([...kept, ...new Array<number>(missing).fill(0)]).toRFC5952String(),
  }
}
