import { PathPattern } from '@drawbridge/plugin-kit'
import { type Static, Type } from 'typebox'

const MAX_ENTRIES = 20_000

const entries = (description: string, minItems: number) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 254 }), { description, minItems, maxItems: MAX_ENTRIES })

const ALLOW = 'Only these addresses, CIDRs and DNS names may pass; `all` is everybody. Without it everybody may.'
const DENY = 'These addresses, CIDRs and DNS names may not pass, whatever `allow` says; `all` is everybody.'

const PathAccess = Type.Object(
  {
    path: PathPattern({
      description: 'The paths concerned: /a, /a/*, /a/*/b or *.php. The most specific entry counts.',
    }),
    allow: Type.Optional(entries("Who may pass here instead of the route's `allow`.", 1)),
    deny: Type.Optional(entries("Who may not pass here, besides the route's `deny`.", 1)),
  },
  { additionalProperties: false, description: 'Other rules for some paths.' },
)

/** Options under `access:` in a route. */
export const AccessOptions = Type.Object(
  {
    allow: Type.Optional(entries(ALLOW, 1)),
    deny: Type.Optional(entries(DENY, 1)),
    paths: Type.Array(PathAccess, {
      description: 'Other rules for some paths. The most specific matching entry counts.',
      default: [],
      maxItems: 200,
    }),
    ipv6_prefix_of_names: Type.Integer({
      description:
        'Bits that count of an IPv6 address that a DNS name gives: 64 is the whole network of that line, 128 the one device.',
      default: 64,
      minimum: 32,
      maximum: 128,
    }),
  },
  { additionalProperties: false, description: 'Which addresses may reach the route, and single paths of it.' },
)

/** Options with their defaults filled in. */
export type AccessOptions = Static<typeof AccessOptions>
