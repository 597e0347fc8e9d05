import { type LiveRoute, type Plugin, type Pseudonyms, plainRedactor, type Redactor } from '@drawbridge/plugin-kit'

const IPV4 = '203.0.113.45'
const IPV6 = '2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff'
const EMAIL = 'jane.doe@example.com'
const SECRET = 'f3b9d1c27a5e48b0'

/** What becomes of addresses before they are stored. */
export type AddressMasking = 'full' | 'shortened' | 'replaced' | 'removed'

/** What a route's redactor does, found out by asking it: what it does is true, whatever its options are called. */
export interface Masking {
  readonly ipv4: { readonly method: AddressMasking; readonly from: string; readonly to: string }
  readonly ipv6: { readonly method: AddressMasking; readonly from: string; readonly to: string }
  /** Whether a pseudonym of the day is stored beside the address. */
  readonly hasPseudonym: boolean
  readonly hidesEmails: boolean
  /** Values of secret query parameters such as `token`. */
  readonly hidesSecrets: boolean
}

/** Finds out what a route's redactor makes of addresses, e-mail addresses and secrets. */
export function probeMasking(route: LiveRoute, plugins: readonly Plugin[]): Masking {
  const redactor = redactorOf(route, plugins)
  return {
    ipv4: probe(redactor, IPV4, '203.'),
    ipv6: probe(redactor, IPV6, '2001:'),
    hasPseudonym: redactor.pseudonym(IPV4) !== '',
    hidesEmails: !redactor.text(`from ${EMAIL} today`).includes(EMAIL),
    hidesSecrets: !redactor.query(`token=${SECRET}`).includes(SECRET),
  }
}

function redactorOf({ options }: LiveRoute, plugins: readonly Plugin[]): Redactor {
  const plugin = plugins.find(({ redactor }) => redactor !== undefined)
  const own = plugin === undefined ? undefined : options[plugin.key]
  return own === undefined ? plainRedactor : (plugin?.redactor?.(own, PROBE) ?? plainRedactor)
}

/** The real ones would store a key for an address that is none. */
const PROBE: Pseudonyms = {
  of: () => 'AAAAAAAAAAAAAAAA',
  allOf: () => [],
  days: () => [],
  forget: () => Promise.resolve(0),
}

function probe(redactor: Redactor, from: string, start: string): Masking['ipv4'] {
  const to = redactor.address(from)
  if (to === from) return { method: 'full', from, to }
  if (to.startsWith(start)) return { method: 'shortened', from, to }
  return { method: /[1-9a-wyz]/i.test(to) ? 'replaced' : 'removed', from, to }
}
