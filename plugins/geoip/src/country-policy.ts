import { expandCountry } from './countries.ts'
import type { Location } from './location.ts'
import type { GeoipOptions } from './options.ts'

/** Why a location is refused. */
export type Refusal = 'denied-country' | 'denied-asn' | 'not-allowed' | 'unknown'

/** The reason to refuse a location, or `undefined`. */
export type CountryPolicy = (location: Location) => Refusal | undefined

/** Compiles the lists of a route; `undefined` where they refuse nobody. */
export function compilePolicy(options: GeoipOptions): CountryPolicy | undefined {
  const allowed = expandAll(options.allowed_countries)
  const denied = expandAll(options.denied_countries)
  const allowedAsns = new Set(options.allowed_asns)
  const deniedAsns = new Set(options.denied_asns)
  const isClosed = allowed.size + allowedAsns.size > 0
  const refusesUnknown = (options.unknown ?? (isClosed ? 'deny' : 'allow')) === 'deny'
  if (!isClosed && denied.size + deniedAsns.size === 0 && !refusesUnknown) return undefined
  // Where countries do not matter, what is not known is the network.
  const isAboutAsns = allowed.size + denied.size === 0 && allowedAsns.size + deniedAsns.size > 0
  return (location) => {
    const { isLocal, country, asn } = location
    if (isLocal) return undefined
    if (denied.has(country)) return 'denied-country'
    if (deniedAsns.has(asn)) return 'denied-asn'
    if (isClosed && (allowed.has(country) || allowedAsns.has(asn))) return undefined
    const isUnknown = isAboutAsns ? asn === 0 : country === ''
    if (isUnknown) return refusesUnknown ? 'unknown' : undefined
    return isClosed ? 'not-allowed' : undefined
  }
}

function expandAll(entries: readonly string[]): ReadonlySet<string> {
  return new Set(entries.flatMap((entry) => expandCountry(entry) ?? []))
}
