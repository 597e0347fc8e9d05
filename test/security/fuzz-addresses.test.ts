/** What addresses are taken for, against Node's own reading of them. `npm run fuzz` runs 100,000 cases of each property. */
import { BlockList, isIP } from 'node:net'
import { createProxyTrust, normaliseAddress, resolveClientAddress } from '@drawbridge/core'
import {
  addressKey,
  checkAddressEntries,
  compileAddressList,
  compileAddressRules,
  createDnsNames,
  parseAddressRange,
} from '@drawbridge/plugin-kit'
import { createTestClock } from '@drawbridge/plugin-kit/testing'
import fc from 'fast-check'
import t from 'tap'
import { createTestLog } from '../support/fixtures.ts'

const CASES = Number(process.argv[2] ?? 2000)

/** Numbers with edges: networks that others are next to, zeros for `::` to stand for, and the prefixes with a meaning. */
const byte = fc.oneof(fc.constantFrom(0, 1, 10, 127, 128, 192, 254, 255), fc.nat(255))
const group = fc.oneof(fc.constantFrom(0, 0, 0, 1, 0xff, 0xffff, 0x2001, 0xfe80), fc.nat(0xffff))
const ipv4 = fc.tuple(byte, byte, byte, byte)
const ipv6 = fc.oneof(
  fc.array(group, { minLength: 8, maxLength: 8 }),
  ipv4.map((bytes) => [0, 0, 0, 0, 0, 0xffff, ...pairsOf(bytes)]),
  ipv4.map((bytes) => [0, 0, 0, 0, 0, 0, ...pairsOf(bytes)]),
  ipv4.map((bytes) => [0x64, 0xff9b, 0, 0, 0, 0, ...pairsOf(bytes)]),
)
const style = fc.record({
  gap: fc.nat(7),
  isDotted: fc.boolean(),
  isUpper: fc.boolean(),
  zeros: fc.nat(3),
})
const written6 = fc.tuple(ipv6, style).map(([groups, how]) => ({ groups, text: write6(groups, how) }))
const written4 = ipv4.map((bytes) => ({ groups: [0, 0, 0, 0, 0, 0xffff, ...pairsOf(bytes)], text: bytes.join('.') }))
const address = fc.oneof(written4, written6)
const digits = fc.stringMatching(/^(?:0{0,2}\d{0,3}|0x\d)$/)
const nearly = fc.oneof(
  fc.tuple(digits, digits, digits, digits).map((parts) => parts.join('.')),
  fc
    .array(fc.constantFrom(...'0123456789abcdefABCDEF:::.%/[] ', '::', 'ffff', '1.2.3.4', '%eth0', ':80'), {
      maxLength: 12,
    })
    .map((parts) => parts.join('')),
  fc.string({ maxLength: 24 }),
)

t.test('every way to write an address gives the same key, and the key is the address', async () => {
  check(fc.tuple(written6, style), ([{ groups, text }, how]) => {
    const key = addressKey(text)
    return key !== undefined && key === addressKey(write6(groups, how)) && key === keyOf(groups)
  })
  check(written4, ({ groups, text }) => addressKey(text) === keyOf(groups))
})

t.test('an address is what Node takes for one, without zones', async () => {
  check(
    fc.oneof(
      nearly,
      address.map(({ text }) => text),
    ),
    (text) => {
      const isAddress = isIP(text) !== 0 && !text.includes('%')
      return (
        (addressKey(text) !== undefined) === isAddress &&
        (parseAddressRange(text) === undefined || isAddress || text.includes('/'))
      )
    },
  )
})

t.test('a list has the addresses that are in its ranges, and no others', async () => {
  const range = fc.oneof(
    address.map(({ text }) => ({ text, prefix: undefined })),
    fc.record({ text: address.map(({ text }) => text), prefix: fc.nat(128) }),
  )
  check(
    fc.tuple(fc.array(range, { minLength: 1, maxLength: 6 }), address, fc.nat(127)),
    ([ranges, { groups }, flipped]) => {
      const entries = ranges.flatMap(({ text, prefix }) => {
        const entry = prefix === undefined ? text : `${text}/${prefix}`
        return parseAddressRange(entry) === undefined ? [] : [entry]
      })
      const list = compileAddressList(entries)
      const oracle = oracleOf(entries)
      // At the edges: an address of an entry with one bit changed, and any other.
      const near = flip(groupsOf(entries[0]) ?? groups, flipped)
      return [groups, near].every(
        (asked) => list.has(write6(asked)) === has(oracle, asked) && hasToo(entries, asked) === has(oracle, asked),
      )
    },
  )
})

t.test(
  'a range is refused exactly where its prefix is too long, or would cut through the IPv4-mapped block',
  async () => {
    check(fc.tuple(address, fc.nat(140)), ([{ text, groups }, prefix]) => {
      const isMapped = isIP(text) === 6 && keyOf(groups).length === 2
      const isReadable = prefix <= (isIP(text) === 4 ? 32 : 128) && (!isMapped || prefix >= 96)
      const entry = `${text}/${prefix}`
      const isRefused = checkAddressEntries([entry], []).length > 0
      return (parseAddressRange(entry) !== undefined) === isReadable && isRefused === !isReadable
    })
  },
)

t.test('the client of a trusted proxy is the same address as in the header, however the proxy writes it', async () => {
  const trust = createProxyTrust(['127.0.0.1'])
  const wrap = fc.constantFrom('', 'port', 'brackets', 'brackets+port', 'zone', 'blanks')
  check(fc.tuple(address, wrap, nearly), ([{ text, groups }, how, before]) => {
    const header = `${before.replaceAll(',', '')}, ${decorate(text, how)}`
    const client = resolveClientAddress('127.0.0.1', [header], trust)
    if (keyOf(groups) === addressKey('127.0.0.1')) return true
    return addressKey(client) === keyOf(groups) && normaliseAddress(client) === client
  })
})

t.test('a header that cannot be read leaves the last address that a trusted proxy vouches for', async () => {
  const trust = createProxyTrust(['127.0.0.0/8', '::1', '10.0.0.0/8'])
  check(
    fc.array(
      fc.oneof(
        nearly,
        address.map(({ text }) => text),
        fc.constantFrom('10.0.0.1', '127.0.0.2', '[::1]:4'),
      ),
      { maxLength: 6 },
    ),
    (hops) => {
      const client = resolveClientAddress('127.0.0.1', [hops.join(',')], trust)
      const before = resolveClientAddress('203.0.113.9', [hops.join(',')], trust)
      return addressKey(client) !== undefined && normaliseAddress(client) === client && before === '203.0.113.9'
    },
  )
})

t.test('trusted proxies are the ranges of the list, however client and entry are written', async () => {
  check(fc.tuple(address, fc.nat(128), address, fc.nat(127)), ([{ text, groups }, prefix, other, flipped]) => {
    const entry = `${text}/${prefix}`
    if (parseAddressRange(entry) === undefined) return true
    const trust = createProxyTrust([entry])
    const oracle = oracleOf([entry])
    return [other.groups, flip(groups, flipped)].every(
      (asked) => trust.isTrusted(normaliseAddress(write6(asked)) ?? '') === has(oracle, asked),
    )
  })
})

function check<T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => boolean): void {
  fc.assert(fc.property(arbitrary, holds), { numRuns: CASES })
}

/** The list as routes have it, which takes names as well. */
function hasToo(entries: readonly string[], asked: readonly number[]): boolean {
  const clock = createTestClock()
  const names = createDnsNames({ clock, log: createTestLog(), resolve: async () => [] })
  const rules = compileAddressRules(entries, { names, ipv6Prefix: 64 })
  names.stop()
  return rules.has(write6(asked))
}

interface Oracle {
  readonly ipv4: BlockList
  readonly ipv6: BlockList
}

/** Ranges in Node's lists, one for each family: in a common one `::/0` has every IPv4 address in it as well, with us none. */
function oracleOf(entries: readonly string[]): Oracle {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const entry of entries) {
    const [text = '', prefix] = entry.split('/')
    const groups = groupsOf(text) ?? []
    const isV4 = isMapped(groups)
    const bits = Number(prefix ?? 128) - (isV4 && isIP(text) === 6 && prefix !== undefined ? 96 : 0)
    if (isV4) lists.ipv4.addSubnet(dotted(groups), Math.min(bits, 32), 'ipv4')
    else lists.ipv6.addSubnet(plain6(groups), bits, 'ipv6')
  }
  return lists
}

function has({ ipv4, ipv6 }: Oracle, groups: readonly number[]): boolean {
  return isMapped(groups) ? ipv4.check(dotted(groups), 'ipv4') : ipv6.check(plain6(groups), 'ipv6')
}

/** By the URL standard's reader of addresses (RFC 5952), which none of what is tested uses. */
function groupsOf(entry: string | undefined): number[] | undefined {
  const [text = ''] = entry?.split('/') ?? []
  if (isIP(text) === 4) return [0, 0, 0, 0, 0, 0xffff, ...pairsOf(text.split('.').map(Number))]
  if (isIP(text) === 0) return undefined
  const short = new URL(`http://[${text}]`).hostname.slice(1, -1)
  const [front = '', back] = short.split('::')
  const numbers = (part: string) => (part === '' ? [] : part.split(':').map((hex) => Number.parseInt(hex, 16)))
  const [high, low] = [numbers(front), numbers(back ?? '')]
  return [...high, ...new Array<number>(8 - high.length - low.length).fill(0), ...low]
}

function flip(groups: readonly number[], bit: number): number[] {
  return groups.map((value, index) => (index === bit >> 4 ? value ^ (1 << (15 - (bit & 15))) : value))
}

function keyOf(groups: readonly number[]): string {
  return String.fromCharCode(...(isMapped(groups) ? groups.slice(6) : groups))
}

function isMapped(groups: readonly number[]): boolean {
  return groups.slice(0, 5).every((value) => value === 0) && groups[5] === 0xffff
}

function pairsOf([a = 0, b = 0, c = 0, d = 0]: readonly number[]): [number, number] {
  return [a * 256 + b, c * 256 + d]
}

function dotted(groups: readonly number[]): string {
  return groups
    .slice(6)
    .flatMap((value) => [value >> 8, value & 255])
    .join('.')
}

function plain6(groups: readonly number[]): string {
  return groups.map((value) => value.toString(16)).join(':')
}

/** An IPv6 address in one of its spellings: with zeros in front, in capitals, ending in dotted form, with `::` for a run of zeros. */
function write6(groups: readonly number[], how = { gap: 8, isDotted: false, isUpper: false, zeros: 0 }): string {
  const parts = groups.map((value) => {
    const hex = value.toString(16)
    return hex.padStart(Math.min(4, hex.length + how.zeros), '0')
  })
  if (how.isDotted) parts.splice(6, 2, dotted(groups))
  let end = how.gap
  while (end < (how.isDotted ? 6 : 8) && groups[end] === 0) end += 1
  const text = end > how.gap ? `${parts.slice(0, how.gap).join(':')}::${parts.slice(end).join(':')}` : parts.join(':')
  return how.isUpper ? text.toUpperCase() : text
}

function decorate(text: string, how: string): string {
  if (how === 'blanks') return ` \t${text} `
  const isV6 = isIP(text) === 6
  if (how === 'zone' && isV6) return `${text}%eth0`
  if (how === 'brackets' && isV6) return `[${text}]`
  if (how === 'brackets+port' && isV6) return `[${text}]:65535`
  return how === 'port' && !isV6 ? `${text}:4711` : text
}
