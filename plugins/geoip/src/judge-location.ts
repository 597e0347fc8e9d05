import { type AddressRules, type PathPatternValue, parsePathPattern, type RequestRecord } from '@drawbridge/plugin-kit'
import type { CountryPolicy } from './country-policy.ts'
import { LocationRefused } from './errors.ts'
import type { Location } from './location.ts'

/** What a location is judged by. */
export interface LocationRules {
  readonly policy: CountryPolicy
  readonly exemptAddresses: AddressRules
  readonly exemptPaths: readonly PathPatternValue[]
}

/** Compiles path patterns that the schema has checked. */
export function compilePaths(paths: readonly string[]): readonly PathPatternValue[] {
  return paths.flatMap((path) => parsePathPattern(path) ?? [])
}

/** The error to refuse a request with, or `undefined`. What was decided is noted without the address. */
export function judgeLocation(record: RequestRecord, location: Location, rules: LocationRules): Error | undefined {
  const reason = rules.policy(location)
  if (reason === undefined) return undefined
  for (const path of rules.exemptPaths) if (path.matches(record.policyPath)) return undefined
  if (rules.exemptAddresses.has(record.clientAddress)) return undefined
  record.note({ by: 'geoip', what: 'refused', facts: { reason, country: location.country } })
  return new LocationRefused()
}
