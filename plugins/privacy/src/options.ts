import { type LiveRoute, resolveOptions } from '@drawbridge/plugin-kit'
import { type Static, Type } from 'typebox'

const MAX_TEXT = 1000
const EMAIL = '^$|^[^@\\s]+@[^@\\s]+$'

function text(description: string) {
  return Type.String({ description, default: '', maxLength: MAX_TEXT })
}

/** Options under `privacy:`: facts that no configuration of a gateway tells by itself. Best set once, in `defaults:`. */
export const PrivacyOptions = Type.Object(
  {
    controller: Type.Object(
      {
        name: text('Who is responsible for the data (GDPR Art. 4(7)): a person or an organisation.'),
        address: text('Postal address of the controller, on one line.'),
        email: Type.String({
          description: 'E-mail address of the controller.',
          default: '',
          maxLength: 254,
          pattern: EMAIL,
        }),
      },
      { additionalProperties: false, default: {}, description: 'The controller, as register and notice name it.' },
    ),
    contact: text(
      'Where people turn with questions about their data, if not to the controller: a data protection officer.',
    ),
    authority: text('The supervisory authority that complaints and notifications of breaches go to.'),
    purpose: text('What the service behind this host is for, as a sentence for its visitors.'),
    legal_basis: text('Replaces the legal basis that the plugins name: `Art. 6(1)(b) GDPR`.'),
    recipients: Type.Array(Type.String({ minLength: 1, maxLength: MAX_TEXT }), {
      description: 'Who else gets the data, with their part: `Example Hosting GmbH, Berlin (processor)`.',
      default: [],
      maxItems: 50,
    }),
  },
  { additionalProperties: false, description: 'What register and notice say besides the configuration.' },
)

/** Options with their defaults filled in. */
export type PrivacyOptions = Static<typeof PrivacyOptions>

/** A route's options; those of a route that has the plugin off are the defaults. */
export function privacyOptionsOf({ options }: Pick<LiveRoute, 'options'>): PrivacyOptions {
  const resolution = resolveOptions(PrivacyOptions, options.privacy ?? {})
  if ('value' in resolution) return resolution.value
  throw new TypeError(`privacy: ${resolution.problems[0]?.message}`)
}
