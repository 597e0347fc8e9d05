import {
  type AddressRange,
  formatAddressRange,
  type Pseudonyms,
  parseAddressRange,
  type Subject,
} from '@drawbridge/plugin-kit'
import { enumerate } from './address-range.ts'
import { BadSubject } from './errors.ts'

/** Addresses (IPv4) or /64s (IPv6) of a CIDR that are tried one by one. */
const MAX_ENUMERATED = 256
const MIN_TEXT = 3

/** Whose data is meant, as people say it: exactly one of these. */
export interface SubjectInput {
  readonly ip?: string
  readonly cidr?: string
  readonly text?: string
  readonly request_ids?: readonly string[]
}

/** How a subject was named. */
export type SubjectKind = 'ip' | 'cidr' | 'text' | 'request_ids'

/** Whose data is meant, with everything by which it can be found. */
export interface ResolvedSubject {
  readonly kind: SubjectKind
  /** One spelling per subject; never stored, only its fingerprint is. */
  readonly canonical: string
  readonly subject: Subject
  readonly range: AddressRange | undefined
  /** What the person asking must know of how it was searched. */
  readonly notes: readonly string[]
}

/** Finds out by what the data of a subject can be found. Throws `BadSubject` where the input names none, or more than one. */
export function resolveSubject(input: SubjectInput, pseudonyms: Pseudonyms): ResolvedSubject {
  const given = [input.ip, input.cidr, input.text, input.request_ids].filter((value) => value !== undefined)
  if (given.length !== 1) throw new BadSubject('Give exactly one of "ip", "cidr", "text" and "request_ids".')
  if (input.ip !== undefined) return resolveAddress(input.ip, pseudonyms)
  if (input.cidr !== undefined) return resolveCidr(input.cidr, pseudonyms)
  if (input.text !== undefined) return resolveText(input.text)
  return resolveRequestIds(input.request_ids ?? [])
}

/** The subject of an entry of the erasure list: what can be found again without knowing the address. */
export function rememberedSubject(pseudonyms: readonly string[], requestIds: readonly string[]): ResolvedSubject {
  const subject = { cidrs: [], pseudonyms, text: '', requestIds }
  return { kind: 'request_ids', canonical: '', subject, range: undefined, notes: [] }
}

function resolveAddress(text: string, pseudonyms: Pseudonyms): ResolvedSubject {
  const range = parseAddressRange(text.trim())
  if (range === undefined || range.first !== range.last)
    throw new BadSubject(`"${text}" is no IP address. For a network use "cidr".`)
  const address = formatAddressRange(range)
  return {
    kind: 'ip',
    canonical: `ip:${address}`,
    subject: { cidrs: [address], pseudonyms: pseudonyms.allOf(address), text: '', requestIds: [] },
    range,
    notes: range.first.length > 2 ? [V6_NOTE] : [],
  }
}

function resolveCidr(text: string, pseudonyms: Pseudonyms): ResolvedSubject {
  const range = parseAddressRange(text.trim())
  if (range === undefined || !text.includes('/'))
    throw new BadSubject(`"${text}" is no CIDR. It is written like 203.0.113.0/24 or 2001:db8:1::/48.`)
  const cidr = formatAddressRange(range)
  const addresses = enumerate(range, MAX_ENUMERATED)
  const notes = range.first.length > 2 && addresses !== undefined ? [V6_NOTE] : []
  return {
    kind: 'cidr',
    canonical: `cidr:${cidr}`,
    subject: {
      cidrs: [cidr],
      pseudonyms: (addresses ?? []).flatMap((address) => pseudonyms.allOf(address)),
      text: '',
      requestIds: [],
    },
    range,
    notes: addresses === undefined ? [...notes, LARGE_NOTE] : notes,
  }
}

function resolveText(text: string): ResolvedSubject {
  const sought = text.trim()
  if (sought.length < MIN_TEXT)
    throw new BadSubject(`"text" must have at least ${MIN_TEXT} characters: a shorter one would name half the world.`)
  return {
    kind: 'text',
    canonical: `text:${sought.toLowerCase()}`,
    subject: { cidrs: [], pseudonyms: [], text: sought, requestIds: [] },
    range: undefined,
    notes: [TEXT_NOTE],
  }
}

function resolveRequestIds(requestIds: readonly string[]): ResolvedSubject {
  if (requestIds.length === 0) throw new BadSubject('"request_ids" must name at least one request.')
  const sorted = [...new Set(requestIds)].sort()
  return {
    kind: 'request_ids',
    canonical: `request_ids:${sorted.join(',')}`,
    subject: { cidrs: [], pseudonyms: [], text: '', requestIds: sorted },
    range: undefined,
    notes: [],
  }
}

const V6_NOTE =
  'IPv6 pseudonyms stand for a /64, the network of one connection: records of other addresses of that /64 are included.'
const LARGE_NOTE =
  'The network has more than 256 addresses (IPv6: /64s): pseudonyms were not tried one by one. Masked prefixes that lie within it were.'
const TEXT_NOTE =
  'Text was looked for as written, in any letter case, also percent-encoded. What was masked before it was stored cannot be found by it.'
