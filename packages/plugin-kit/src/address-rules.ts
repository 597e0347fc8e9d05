import { type AddressList, addressKey, compileAddressList, parseAddressRange } from './address-list.ts'
import { type DnsNames, type FollowedName, isDnsName } from './dns-names.ts'
import type { Problem } from './options.ts'

const IPV6_PREFIX_OF_NAMES = 64

/** What addresses are matched with, besides the entries. */
export interface AddressRulesContext {
  readonly names: DnsNames
  /** Bits of an IPv6 address that a DNS name gives which count: 128 is that address alone, 64 the whole network of its line, as unless given. */
  readonly ipv6Prefix?: number
}

/** A list of addresses, CIDRs and DNS names from a configuration, ready to be asked. */
export interface AddressRules {
  /** False for what is no address. */
  has(address: string): boolean
  /** The same for a key of `addressKey`, for whoever asks several lists. */
  hasKey(key: string): boolean
  /** Resolves once every name in it has been looked up once, whatever that brought. */
  readonly settled: Promise<unknown>
  /** Ends following its names. */
  release(): void
}

/** Compiles a list that `checkAddressEntries` has found no fault with. Throws a TypeError naming an entry it cannot read. */
export function compileAddressRules(
  entries: readonly string[],
  { names, ipv6Prefix = IPV6_PREFIX_OF_NAMES }: AddressRulesContext,
): AddressRules {
  const isName = (entry: string) => parseAddressRange(entry) === undefined && isDnsName(entry)
  const fixed = compileAddressList(entries.filter((entry) => !isName(entry)))
  const followed = entries.filter(isName).map((name) => names.follow(name))
  const hasKey = followed.length === 0 ? fixed.hasKey : keyFinder(fixed, followed, ipv6Prefix)
  return {
    hasKey,
    has(address) {
      const key = addressKey(address)
      return key !== undefined && hasKey(key)
    },
    settled: Promise.all(followed.map(({ settled }) => settled)),
    release() {
      for (const name of followed) name.release()
    },
  }
}

function keyFinder(
  fixed: AddressList,
  followed: readonly FollowedName[],
  ipv6Prefix: number,
): (key: string) => boolean {
  return (key) => {
    if (fixed.hasKey(key)) return true
    for (const name of followed) if (name.addresses(ipv6Prefix).hasKey(key)) return true
    return false
  }
}

/** The entries of a list that are neither address nor CIDR nor DNS name, each with its place and how to write it. */
export function checkAddressEntries(entries: readonly string[], path: readonly (string | number)[]): Problem[] {
  return entries.flatMap((entry, index) => {
    if (parseAddressRange(entry) !== undefined || isDnsName(entry)) return []
    return [
      {
        severity: 'error' as const,
        code: 'bad-address',
        path: [...path, index],
        message: `"${entry}" is no address, CIDR or DNS name`,
        hint: 'write 203.0.113.7, 192.168.0.0/16, 2001:db8::/32 or home.example.net, without port, scheme or zone',
      },
    ]
  })
}
