/** What is known of where an address is. Empty texts and 0 stand for what is not. */
export interface Location {
  /** A private or loopback address, or one of a provider's NAT: here, wherever that is. */
  readonly isLocal: boolean
  /** Two-letter code in upper case. */
  readonly country: string
  /** In English. */
  readonly city: string
  /** Two-letter code: `AF`, `AN`, `AS`, `EU`, `NA`, `OC`, `SA`. */
  readonly continent: string
  /** Number of the network (autonomous system). */
  readonly asn: number
  /** Whose network it is. */
  readonly organization: string
}

/** The location of what no database knows. */
export const UNKNOWN: Location = Object.freeze({
  isLocal: false,
  country: '',
  city: '',
  continent: '',
  asn: 0,
  organization: '',
})

/** The location of every private address. */
export const LOCAL: Location = Object.freeze({ ...UNKNOWN, isLocal: true })

const TWO_LETTERS = /^[A-Z]{2}$/
const ASN = /^(?:AS)?(\d{1,10})$/i

/** Reads a record as MaxMind, DB-IP (nested), ip-location-db and IPinfo (flat) write it; whatever has another form counts as unknown. */
export function toLocation(record: unknown): Location {
  if (!isObject(record)) return UNKNOWN
  const asn = record.autonomous_system_number ?? record.asn
  return {
    isLocal: false,
    country: code(at(record.country, 'iso_code') ?? record.country_code ?? record.country),
    city: text(at(at(record.city, 'names'), 'en') ?? record.city),
    continent: code(at(record.continent, 'code') ?? record.continent_code ?? record.continent),
    asn: Number(ASN.exec(String(asn ?? ''))?.[1] ?? 0),
    organization: text(record.autonomous_system_organization ?? record.as_name),
  }
}

/** What the first knows, and of the rest what the second knows. */
export function mergeLocations(first: Location, second: Location): Location {
  if (first === UNKNOWN) return second
  // City and continent belong to their country.
  const place = first.country === '' ? second : first
  const network = first.asn === 0 ? second : first
  const { country, city, continent } = place
  return { isLocal: false, country, city, continent, asn: network.asn, organization: network.organization }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function at(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined
}

/** `ZZ` is what some databases write for nowhere. */
function code(value: unknown): string {
  return typeof value === 'string' && TWO_LETTERS.test(value) && value !== 'ZZ' ? value : ''
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
