import { type Static, Type } from 'typebox'

/** Options under `privacy:` in a route. */
export const PrivacyOptions = Type.Object(
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
export type PrivacyOptions = Static<typeof PrivacyOptions>
