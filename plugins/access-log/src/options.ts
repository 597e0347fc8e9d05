import { type Static, Type } from 'typebox'

/** Options under `access_log:` in a route. */
export const AccessLogOptions = Type.Object(
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
export type AccessLogOptions = Static<typeof AccessLogOptions>
