import { type Static, Type } from 'typebox'

/** Options under `audit:` in a route. */
export const AuditOptions = Type.Object(
  {
    greeting: Type.String({
      description: 'What the header X-Greeting says. Letters, digits, blanks and simple punctuation.',
      default: 'hello',
      minLength: 1,
      maxLength: 100,
      pattern: '^[ -~]+$',
    }),
  },
  { additionalProperties: false, description: 'A greeting in every answer.' },
)

/** Options with their defaults filled in. */
export type AuditOptions = Static<typeof AuditOptions>
