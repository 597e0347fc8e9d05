import type { Pseudonyms, Redactor } from '@drawbridge/plugin-kit'
import { createAddressMask, type MaskedAddress } from './addresses.ts'
import { memoise } from './memo.ts'
import type { LogPrivacyOptions } from './options.ts'
import { createTextRedactors } from './text-redactors.ts'
import { REDACTED } from './tokens.ts'

/** Remembered results of each kind and route. */
const MAX_REMEMBERED = 1000
const USER_AGENT = 'user-agent'

/** The redactor of a route. Throws for options that `checkOptions` refuses; what it makes never does. */
export function createRedactor(options: LogPrivacyOptions, pseudonyms: Pseudonyms): Redactor {
  const mask = memoise(createAddressMask(options), MAX_REMEMBERED)
  // An address within a text is masked, never a pseudonym: that of a client ends with the day, what is remembered of texts does not.
  const redactors = createTextRedactors(options, (address) => mask(address).shown)
  const { text, isSecretHeader } = redactors
  const userAgent = isSecretHeader(USER_AGENT) ? () => REDACTED : memoise(redactors.userAgent, MAX_REMEMBERED)
  return Object.freeze({
    address: createAddressRenderer(options, mask, pseudonyms),
    parsableAddress: (address: string) => mask(address).parsable,
    pseudonym: options.pseudonyms ? createPseudonym(mask, pseudonyms) : () => '',
    path: memoise(redactors.path, MAX_REMEMBERED),
    query: memoise(redactors.query, MAX_REMEMBERED),
    referrer: memoise(redactors.referrer, MAX_REMEMBERED),
    header(name: string, value: string) {
      if (name === USER_AGENT) return userAgent(value)
      if (isSecretHeader(name)) return REDACTED
      return name.toLowerCase() === USER_AGENT ? userAgent(value) : text(value)
    },
    text,
  })
}

type Mask = (address: string) => MaskedAddress

function createAddressRenderer(options: LogPrivacyOptions, mask: Mask, pseudonyms: Pseudonyms) {
  if (!options.mask_pii || options.mask_ip_method !== 'hash') return (address: string) => mask(address).shown
  const pseudonym = createPseudonym(mask, pseudonyms)
  // A host without keys makes no pseudonyms: there the address is masked.
  return (address: string) => {
    const name = pseudonym(address)
    return name === '' ? mask(address).shown : name
  }
}

function createPseudonym(mask: Mask, pseudonyms: Pseudonyms) {
  return (address: string) => {
    const { plain } = mask(address)
    return plain === '' ? '' : pseudonyms.of(plain)
  }
}
