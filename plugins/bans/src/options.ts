import { type Static, Type } from 'typebox'

/** Options under `bans:` in a route. */
export const BansOptions = Type.Object(
  {
    exempt: Type.Array(Type.String({ minLength: 1, maxLength: 254 }), {
      description: 'Addresses, CIDRs and DNS names that reach the route even while they are banned.',
      default: [],
      maxItems: 1000,
    }),
  },
  { additionalProperties: false, description: 'Keeps out who is banned.' },
)

/** Options with their defaults filled in. */
export type BansOptions = Static<typeof BansOptions>
