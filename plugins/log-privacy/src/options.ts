import { type Static, Type } from 'typebox'

const PLACEHOLDER = '[REDACTED]'
const pattern = (description: string) => Type.String({ description, minLength: 1, maxLength: 500 })
const replacement = Type.String({
  description: 'What stands there instead. `$1` to `$9` are groups of the pattern, every other `$` is itself.',
  default: PLACEHOLDER,
  maxLength: 200,
})

const PathRule = Type.Object(
  {
    pattern: pattern(
      'A path, or an RE2 regular expression, found anywhere in the normalised path. Case does not matter.',
    ),
    replacement,
  },
  { additionalProperties: false },
)

const TextRule = Type.Object(
  { pattern: pattern('An RE2 regular expression. Case matters, unless it begins with `(?i)`.'), replacement },
  { additionalProperties: false },
)

/** Options under `logging:` in a route. */
export const LogPrivacyOptions = Type.Object(
  {
    strip_headers: Type.Array(Type.String({ pattern: "^[A-Za-z0-9!#$%&'+.^_`|~-]+\\*?$", maxLength: 100 }), {
      description:
        'Headers whose values are never shown, besides the safe defaults. `X-Internal-*` means all that begin so.',
      default: [],
      maxItems: 100,
    }),
    redact_paths: Type.Array(PathRule, {
      description: 'What is replaced in paths, before the safe defaults.',
      default: [],
      maxItems: 100,
    }),
    redact_query: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
      description:
        'Query keys whose values are never shown, besides the safe defaults. Case, `-` and `_` do not matter.',
      default: [],
      maxItems: 100,
    }),
    redact_patterns: Type.Array(TextRule, {
      description: 'What is replaced in all text: paths, queries, headers, messages.',
      default: [],
      maxItems: 100,
    }),
    safe_defaults: Type.Boolean({
      description: 'Redact the usual headers, query keys and path tokens too. Off, only what the lists say.',
      default: true,
    }),
    mask_pii: Type.Boolean({
      description: 'Mask IP addresses and e-mail addresses. Off, both stay; secrets are taken out all the same.',
      default: true,
    }),
    mask_ip_method: Type.Union(
      [Type.Literal('last_octet'), Type.Literal('zero'), Type.Literal('hash'), Type.Literal('full')],
      {
        description:
          'How an IP address is shown: `last_octet` 203.0.113.xxx, `zero` 203.0.113.0, `hash` its pseudonym of the day, `full` as it is.',
        default: 'last_octet',
      },
    ),
    mask_ipv6_prefix: Type.Union([Type.Literal(64), Type.Literal(48)], {
      description: 'Bits of an IPv6 address that stay: 64 (one line of a customer) or 48 (often one customer).',
      default: 64,
    }),
    pseudonyms: Type.Boolean({
      description:
        "Store a keyed pseudonym of the day with each request, so that one person's rows can be found and erased.",
      default: true,
    }),
  },
  { additionalProperties: false, description: 'What is taken out of everything that is logged, stored or shown.' },
)

/** Options with their defaults filled in. */
export type LogPrivacyOptions = Static<typeof LogPrivacyOptions>
