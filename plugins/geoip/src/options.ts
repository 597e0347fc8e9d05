import { PathPattern } from '@drawbridge/plugin-kit'
import { type Static, Type } from 'typebox'

const countries = (description: string) =>
  Type.Array(Type.String({ minLength: 2, maxLength: 12 }), { description, default: [], maxItems: 300 })

const networks = (description: string) =>
  Type.Array(Type.Integer({ minimum: 1, maximum: 4_294_967_295 }), { description, default: [], maxItems: 5000 })

const Exempt = Type.Object(
  {
    addresses: Type.Array(Type.String({ minLength: 1, maxLength: 254 }), {
      description: 'Addresses, CIDRs and DNS names that pass wherever they are. Private addresses always do.',
      default: [],
      maxItems: 20_000,
    }),
    paths: Type.Array(PathPattern({ description: 'A path that everybody may reach: /a, /a/*, /a/*/b or *.php.' }), {
      description: 'Paths that everybody may reach.',
      default: ['/.well-known/acme-challenge/*'],
      maxItems: 200,
    }),
  },
  { additionalProperties: false, description: 'Who and what is never refused.', default: {} },
)

/** Options under `geoip:` in a route. */
export const GeoipOptions = Type.Object(
  {
    databases: Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), {
      description:
        "Files in MaxMind's format (.mmdb), relative to the data folder: countries, cities, networks (ASN). The first that knows something counts.",
      default: [],
      maxItems: 8,
    }),
    allowed_countries: countries('Only these countries may pass: two-letter codes and groups such as @EU.'),
    denied_countries: countries('These countries may not pass, whatever is allowed.'),
    allowed_asns: networks('Numbers of networks (autonomous systems) that may pass besides `allowed_countries`.'),
    denied_asns: networks('Numbers of networks (autonomous systems) that may not pass, whatever is allowed.'),
    unknown: Type.Optional(
      Type.Union([Type.Literal('allow'), Type.Literal('deny')], {
        description:
          'What becomes of addresses of unknown location. Without it they are denied where only some may pass, else allowed.',
      }),
    ),
    exempt: Exempt,
    alert_on_unusual_country: Type.Boolean({
      description: 'Announces a successful login from a country from which nobody has logged in on this route so far.',
      default: false,
    }),
  },
  { additionalProperties: false, description: 'Where requests come from, and from where they may.' },
)

/** Options with their defaults filled in. */
export type GeoipOptions = Static<typeof GeoipOptions>
