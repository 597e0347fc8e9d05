import { BanDuration, Duration, PathPattern, Size } from '@drawbridge/plugin-kit'
import { type Static, Type } from 'typebox'
import { PART_KINDS } from './request-parts.ts'
import { RULE_GROUPS } from './rule.ts'
import { SENSITIVITIES } from './ruleset.ts'

const closed = { additionalProperties: false }
const MEGABYTE = 1024 ** 2
const ID = '^[a-z][a-z0-9-]{0,63}$'

const GROUP_TEXTS: Readonly<Record<(typeof RULE_GROUPS)[number], string>> = {
  sql_injection: 'Parts of SQL statements in values.',
  xss: 'Markup and script that run when a page repeats the value.',
  path_traversal: 'Paths that leave their folder, and files that nobody should ask for.',
  suspicious_headers: 'User agents of tools that look for holes.',
  command_injection: 'Commands of a shell.',
  code_injection: 'Code of programming languages, serialised objects and XML entities.',
  template_injection: 'Expressions of template engines and of log4j.',
  server_side_request: 'Addresses that only the server itself should reach.',
  query_injection: 'Operators of document stores and directories.',
  protocol: 'Line breaks that add headers to an answer.',
  custom: 'The rules under `custom_rules`.',
}

const Part = (description: string) => Type.Optional(literals(PART_KINDS, { description }))

const Exclusion = Type.Object(
  {
    host: Type.Optional(
      Type.String({ description: 'Host name, where the route has several.', minLength: 1, maxLength: 253 }),
    ),
    path: Type.Optional(PathPattern({ description: 'The paths concerned: /a, /a/*, /a/*/b or *.php.' })),
    part: Part('`path`, `query`, `header`, `cookie` or `body`.'),
    parameter: Type.Optional(
      Type.String({
        description: 'Name of a parameter, form field, JSON key (the innermost), cookie or header, without case.',
        minLength: 1,
        maxLength: 200,
      }),
    ),
    rule: Type.Optional(
      Type.String({ description: 'A rule or a group of rules (`GET /api/waf/rules`).', minLength: 1, maxLength: 64 }),
    ),
  },
  { ...closed, description: 'All that is given must hold; what is left out holds for everything.', minProperties: 1 },
)

const CustomRule = Type.Object(
  {
    id: Type.String({ description: 'Its name, kebab-case.', pattern: ID }),
    pattern: Type.String({
      description: 'Regular expression (RE2 syntax), matched without case anywhere in a value.',
      minLength: 1,
      maxLength: 500,
    }),
    part: Part('The only part of the request that is looked at.'),
  },
  { ...closed, description: 'A rule of your own.' },
)

const rules = Object.fromEntries(
  RULE_GROUPS.map((group) => [group, Type.Boolean({ description: GROUP_TEXTS[group], default: true })]),
) as Record<(typeof RULE_GROUPS)[number], ReturnType<typeof Type.Boolean>>

/** Options under `waf:` in a route. */
export const WafOptions = Type.Object(
  {
    enabled: Type.Optional(
      Type.Boolean({ description: '`true` also makes `block` the mode, unless `mode` says otherwise.' }),
    ),
    mode: Type.Optional(
      literals(['block', 'log'], {
        description:
          '`block` refuses attacks, `log` only records what would be refused. Default `log`; `block` with `enabled: true`.',
      }),
    ),
    rules: Type.Object(rules, { ...closed, description: 'Groups of rules, each on or off.', default: {} }),
    sensitivity: literals(SENSITIVITIES, {
      description: 'How sure it must be: `low` (8 points), `medium` (5) or `high` (3).',
      default: 'medium',
    }),
    preset: Type.Optional(
      literals(['pterodactyl', 'vaultwarden'], {
        description: 'Exclusions that an application needs, in addition to your own. `app:` sets it.',
      }),
    ),
    exclusions: Type.Array(Exclusion, { description: 'What is not looked at.', default: [], maxItems: 500 }),
    custom_rules: Type.Array(CustomRule, { description: 'Rules of your own.', default: [], maxItems: 50 }),
    max_request_size: Type.Optional(
      Size({ description: 'Largest request body. Of this and `limits.max_request_body` the smaller holds.', min: 1 }),
    ),
    max_header_size: Type.Optional(
      Size({
        description: 'Largest head, as `limits.max_request_headers`. Of the two the smaller holds.',
        min: 256,
        max: MEGABYTE,
      }),
    ),
    max_inspected_body: Size({
      description: 'So many bytes of a body are looked at; the rest streams by. 0: no bodies.',
      default: '144kb',
      max: MEGABYTE,
    }),
    ban_after: Type.Optional(
      Type.Integer({
        description: 'Bans a client after so many refused attacks within `ban_window`. Without it nobody is banned.',
        minimum: 1,
        maximum: 1000,
      }),
    ),
    ban_window: Duration({ description: 'Within which the attacks count.', default: '10m', min: 1000 }),
    ban_duration: BanDuration(),
  },
  { ...closed, description: 'Finds attacks in requests.' },
)

/** Options with their defaults filled in. Sizes are bytes. */
export type WafOptions = Static<typeof WafOptions>

function literals<const T extends string>(words: readonly T[], options: { description: string; default?: T }) {
  return Type.Unsafe<T>({ type: 'string', enum: [...words], ...options })
}
