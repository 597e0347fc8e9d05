import type { ServiceHost } from '@drawbridge/plugin-kit'
import { probeMasking } from './masking.ts'
import { isoDay } from './receipt.ts'
import type { ResolvedSubject } from './subject.ts'

/** What must be known of how a subject was searched for: what could not be found, and why. */
export function searchNotes(host: ServiceHost, subject: ResolvedSubject): string[] {
  return [...subject.notes, ...(subject.range === undefined ? [] : [...dayNotes(host), ...maskingNotes(host)])]
}

function dayNotes({ pseudonyms }: ServiceHost): string[] {
  const days = pseudonyms.days().map(isoDay)
  if (days.length === 0)
    return [
      'There are no pseudonym keys: masked records cannot be attributed to an address by anybody, not by the gateway either.',
    ]
  return [
    `Pseudonym keys exist for ${days.length} ${days.length === 1 ? 'day' : 'days'} (UTC), ${days[0]} to ${days.at(-1)}. ` +
      'Masked records of days without a key cannot be attributed to an address any more, not by the gateway either.',
  ]
}

function maskingNotes({ installation }: ServiceHost): string[] {
  return installation
    .routes()
    .map((route) => ({ name: route.hosts[0] ?? 'unknown hosts', ...probeMasking(route, installation.plugins) }))
    .filter(({ ipv4, hasPseudonym }) => ipv4.method !== 'full' && !hasPseudonym)
    .map(
      ({ name }) =>
        `Records of ${name} are stored without pseudonyms, as configured now: where the address is masked they cannot be attributed to one person, and were not found by address.`,
    )
}
