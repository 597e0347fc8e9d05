import { checkAddressEntries, type Problem } from '@drawbridge/plugin-kit'
import { expandCountry, GROUP_NAMES, suggestCountry } from './countries.ts'
import type { GeoipOptions } from './options.ts'

/** Finds codes that are no country, lists that contradict each other, and networks that no database can know. */
export function checkGeoip(options: GeoipOptions): readonly Problem[] {
  return [
    ...checkCodes('allowed_countries', options),
    ...checkCodes('denied_countries', options),
    ...checkAddressEntries(options.exempt.addresses, ['exempt', 'addresses']),
    ...findUnanswerable(options),
    ...findAllDenied(options),
  ]
}

function checkCodes(key: 'allowed_countries' | 'denied_countries', options: GeoipOptions): Problem[] {
  return options[key].flatMap((entry, index) => {
    if (expandCountry(entry) !== undefined) return []
    const suggestion = suggestCountry(entry)
    const hint =
      suggestion === undefined
        ? `write a two-letter code of ISO 3166-1 such as DE, or one of ${GROUP_NAMES.join(', ')}`
        : `write ${suggestion}`
    const message = `"${entry}" is no country or group of countries`
    return [{ severity: 'error' as const, code: 'unknown-country', path: [key, index], message, hint }]
  })
}

function findUnanswerable({ databases, ...options }: GeoipOptions): Problem[] {
  if (databases.length > 0) return []
  return (['allowed_asns', 'denied_asns'] as const).flatMap((key) => {
    if (options[key].length === 0) return []
    const message = `"${key}" needs a database of networks: the built-in one knows countries only`
    const hint = 'put the path of a file such as GeoLite2-ASN.mmdb into "databases"'
    return [{ severity: 'error' as const, code: 'no-database', path: [key], message, hint }]
  })
}

function findAllDenied({ allowed_countries, denied_countries, allowed_asns }: GeoipOptions): Problem[] {
  const allowed = allowed_countries.flatMap((entry) => expandCountry(entry) ?? [])
  const denied = new Set(denied_countries.flatMap((entry) => expandCountry(entry) ?? []))
  if (allowed.length === 0 || allowed_asns.length > 0 || !allowed.every((code) => denied.has(code))) return []
  const message = '"allowed_countries" has no effect: every country in it is denied, and "denied_countries" comes first'
  return [{ severity: 'warning', code: 'no-effect', path: ['allowed_countries'], message }]
}

/** Without news of logins there is nothing to tell an unusual country by. */
export function awaitedEvents({ alert_on_unusual_country: isWanted }: GeoipOptions) {
  if (!isWanted) return []
  const problem: Problem = {
    severity: 'warning',
    code: 'no-effect',
    path: ['alert_on_unusual_country'],
    message: 'nothing tells which requests of this route are logins, so there will be no alert',
    hint: 'say "app: pterodactyl" or "app: vaultwarden", or describe the login: rate_limit: { login: { path: /login } }',
  }
  return [{ event: 'login_succeeded', problem }]
}
