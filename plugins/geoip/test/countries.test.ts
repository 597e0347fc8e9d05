import { plugin } from '@drawbridge/plugin-geoip'
import { resolveOptions } from '@drawbridge/plugin-kit'
import t from 'tap'
import { expandCountry, GROUP_NAMES } from '../src/countries.ts'
import { compilePolicy } from '../src/country-policy.ts'
import { LOCAL, type Location, UNKNOWN } from '../src/location.ts'
import type { GeoipOptions } from '../src/options.ts'

function resolve(raw: object): GeoipOptions {
  const resolution = resolveOptions(plugin.options, raw)
  if ('value' in resolution) return resolution.value
  throw new Error(JSON.stringify(resolution.problems))
}

const problemsOf = (raw: object) => plugin.check?.(resolve(raw)) ?? []

t.test('groups are what their names say', async (t) => {
  const sizes = Object.fromEntries(GROUP_NAMES.map((name) => [name, expandCountry(name)?.length]))
  t.same(sizes, {
    '@BALTICS': 3,
    '@BENELUX': 3,
    '@DACH': 3,
    '@EEA': 30,
    '@EFTA': 4,
    '@EU': 27,
    '@G7': 7,
    '@NORDICS': 9,
    '@SCHENGEN': 29,
  })
  for (const name of GROUP_NAMES)
    for (const country of expandCountry(name) ?? []) t.same(expandCountry(country), [country], `${country} of ${name}`)
  t.same(expandCountry('@dach'), ['AT', 'CH', 'DE'])
  t.equal(expandCountry('QQ'), undefined)
})

t.test('codes that are none are told with their place and the right way to write them', async (t) => {
  const problems = problemsOf({ allowed_countries: ['DE', 'uk', 'EU', 'Germany'], denied_countries: ['@MARS'] })
  t.same(
    problems.map(({ severity, path, hint }) => [severity, path.join('.'), hint?.slice(0, 12)]),
    [
      ['error', 'allowed_countries.1', 'write GB'],
      ['error', 'allowed_countries.2', 'write @EU'],
      ['error', 'allowed_countries.3', 'write a two-'],
      ['error', 'denied_countries.0', 'write a two-'],
    ],
  )
  t.match(problemsOf({ denied_asns: [64_512] }), [{ severity: 'error', path: ['denied_asns'] }])
  t.match(problemsOf({ exempt: { addresses: ['1.2.3'] } }), [{ severity: 'error', path: ['exempt', 'addresses', 0] }])
  t.match(problemsOf({ allowed_countries: ['DE'], denied_countries: ['@DACH'] }), [{ severity: 'warning' }])
  t.same(problemsOf({ allowed_countries: ['@EU'], denied_countries: ['HU'] }), [])
})

t.test('the lists of a route decide about a location', async (t) => {
  const at = (facts: Partial<Location>): Location => ({ ...UNKNOWN, ...facts })
  const germany = at({ country: 'DE', asn: 3320 })
  const france = at({ country: 'FR', asn: 3215 })
  const nowhere = at({ asn: 3320 })
  const databases = ['x.mmdb']
  for (const [raw, expected] of [
    [{ allowed_countries: ['@DACH'] }, [undefined, 'not-allowed', 'unknown']],
    [{ allowed_countries: ['@DACH'], unknown: 'allow' }, [undefined, 'not-allowed', undefined]],
    [{ denied_countries: ['fr'] }, [undefined, 'denied-country', undefined]],
    [{ denied_countries: ['fr'], unknown: 'deny' }, [undefined, 'denied-country', 'unknown']],
    [{ allowed_countries: ['@EU'], denied_countries: ['DE'] }, ['denied-country', undefined, 'unknown']],
    [{ databases, denied_asns: [3320] }, ['denied-asn', undefined, 'denied-asn']],
    [{ databases, allowed_asns: [3320] }, [undefined, 'not-allowed', undefined]],
    [{ databases, allowed_countries: ['FR'], allowed_asns: [3320] }, [undefined, undefined, undefined]],
    [{ databases, allowed_countries: ['@EU'], denied_asns: [3215] }, [undefined, 'denied-asn', 'unknown']],
    [{ unknown: 'deny' }, [undefined, undefined, 'unknown']],
  ] as const) {
    const policy = compilePolicy(resolve(raw))
    t.same(
      [germany, france, nowhere].map((location) => policy?.(location)),
      expected,
      JSON.stringify(raw),
    )
    t.equal(policy?.(LOCAL), undefined, 'private addresses always pass')
  }
  t.equal(compilePolicy(resolve({})), undefined, 'without lists nobody is judged')
})
