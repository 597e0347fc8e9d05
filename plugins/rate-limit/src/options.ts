import { BanDuration, Duration, PathPattern, Rate } from '@drawbridge/plugin-kit'
import { type Static, Type } from 'typebox'

const TEN_MINUTES = '10m'
const MAX_WINDOW_MS = 30 * 86_400_000

const rate = (description: string) =>
  Rate({ description: `${description} Written \`100\` (a minute), \`5/10s\` or \`1000/h\`.`, min: 1 })

const status = () => Type.Integer({ minimum: 100, maximum: 599 })

const PathLimit = Type.Object(
  {
    path: PathPattern({
      description: 'The paths concerned: /a, /a/*, /a/*/b or *.php. The most specific entry counts.',
    }),
    per_ip: Type.Optional(rate("Requests of one client here; instead of the route's `per_ip`.")),
    global: Type.Optional(rate("Requests of all clients together here; besides the route's `global`.")),
    burst: Type.Optional(
      Type.Integer({
        description: "So many requests more at once, made up for in the next window; instead of the route's.",
        minimum: 0,
        maximum: 1_000_000,
      }),
    ),
    ban_after: Type.Optional(
      Type.Integer({
        description: "So many refusals by `per_ip` within `ban_window` ban the client; instead of the route's.",
        minimum: 1,
        maximum: 1000,
      }),
    ),
    ban_window: Type.Optional(
      Duration({
        description: "In what time the refusals must happen; instead of the route's.",
        min: 1000,
        max: MAX_WINDOW_MS,
      }),
    ),
    ban_duration: BanDuration(),
    alert_webhook: Type.Boolean({
      description: 'Whether bans by this entry are marked as an alert in what is announced.',
      default: false,
    }),
  },
  { additionalProperties: false, description: 'Other limits for some paths.' },
)

// No defaults here: they are ignored inside of a choice. `compileSignatures` fills them in.
const Login = Type.Object(
  {
    path: PathPattern({ description: 'Where the application takes the password.' }),
    method: Type.Optional(
      Type.String({ description: 'Method of that request; POST unless given.', pattern: '^[A-Z]+$' }),
    ),
    failure_status: Type.Optional(
      Type.Union([status(), Type.Array(status(), { minItems: 1, maxItems: 20 })], {
        description:
          'Statuses with which the backend refuses a login; 400, 401 and 403 unless given. Any other below 400 is a success.',
      }),
    ),
    max_failures: Type.Optional(
      Type.Integer({
        description: 'So many failures within `window` ban the client; 5 unless given.',
        minimum: 1,
        maximum: 1000,
      }),
    ),
    window: Type.Optional(
      Duration({
        description: 'In what time the failures must happen; 10 minutes unless given.',
        min: 1000,
        max: MAX_WINDOW_MS,
      }),
    ),
    ban_duration: BanDuration(),
    ignore_body: Type.Optional(
      Type.String({
        description:
          'A text in the first 16 KiB of the request that tells that it is no login: `grant_type=refresh_token`.',
        minLength: 3,
        maxLength: 200,
      }),
    ),
    ignore_answer: Type.Optional(
      Type.String({
        description: 'A text in the first 64 KiB of a refusal that tells that it is none: `TwoFactorProviders`.',
        minLength: 3,
        maxLength: 200,
      }),
    ),
    alert_webhook: Type.Optional(
      Type.Boolean({
        description: 'Whether bans by this entry are marked as an alert in what is announced; no unless given.',
      }),
    ),
  },
  { additionalProperties: false, description: 'How a failed login looks.' },
)

/** Options under `rate_limit:` in a route. */
export const RateLimitOptions = Type.Object(
  {
    global: Type.Optional(rate('Requests of all clients together.')),
    per_ip: Type.Optional(rate('Requests of one client: an IPv4 address or an IPv6 /64.')),
    burst: Type.Integer({
      description: 'So many requests of one client more at once, made up for in the next window.',
      default: 0,
      minimum: 0,
      maximum: 1_000_000,
    }),
    paths: Type.Array(PathLimit, {
      description: 'Other limits for some paths. The most specific matching entry counts.',
      default: [],
      maxItems: 200,
    }),
    ban_after: Type.Optional(
      Type.Integer({
        description:
          'So many refusals by `per_ip` within `ban_window` ban the client from the route. Without it nobody is banned.',
        minimum: 1,
        maximum: 1000,
      }),
    ),
    ban_window: Duration({
      description: 'In what time the refusals must happen.',
      default: TEN_MINUTES,
      min: 1000,
      max: MAX_WINDOW_MS,
    }),
    ban_duration: BanDuration(),
    login: Type.Optional(
      Type.Union([Login, Type.Array(Login, { minItems: 1, maxItems: 20 })], {
        description: 'Counts failed logins by the answers of the backend.',
      }),
    ),
    exempt: Type.Array(Type.String({ minLength: 1, maxLength: 254 }), {
      description: 'Addresses, CIDRs and DNS names that are never counted and never banned from here.',
      default: [],
      maxItems: 1000,
    }),
    mode: Type.Enum(['enforce', 'observe'], {
      description: '`observe` counts, notes and stores what would be refused or banned, and lets it pass.',
      default: 'enforce',
    }),
    hide_limits: Type.Boolean({
      description: 'Leaves `RateLimit` and `RateLimit-Policy` away from refusals; `Retry-After` stays.',
      default: false,
    }),
  },
  { additionalProperties: false, description: 'How many requests clients may make.' },
)

/** Options with their defaults filled in. */
export type RateLimitOptions = Static<typeof RateLimitOptions>

/** An entry of `paths`. */
export type PathLimit = Static<typeof PathLimit>

/** An entry of `login`. */
export type LoginOptions = Static<typeof Login>
