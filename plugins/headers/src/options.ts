import { Duration, PathPattern } from '@drawbridge/plugin-kit'
import { type Static, Type } from 'typebox'

/** A header's value as written: YAML makes numbers and booleans of what looks like one. */
export type HeaderValue = string | number | boolean

const Value = Type.Unsafe<HeaderValue>({ type: ['string', 'number', 'boolean'] })
const Values = (description: string) =>
  Type.Unsafe<Record<string, HeaderValue>>({
    type: 'object',
    additionalProperties: Value,
    description,
    default: {},
  })
const OneOrMore = (description: string, fallback?: readonly string[]) =>
  Type.Union([Type.String(), Type.Array(Type.String())], {
    description,
    ...(fallback === undefined ? {} : { default: fallback }),
  })

const Edits = (description: string) =>
  Type.Object(
    {
      add: Values('Headers to set: what is there under the name is replaced. The same as `set`.'),
      set: Values('Headers to set: what is there under the name is replaced.'),
      append: Type.Unsafe<Record<string, HeaderValue | readonly HeaderValue[]>>({
        type: 'object',
        additionalProperties: Type.Union([Value, Type.Array(Value)]),
        description: 'Headers to send besides those of the same name that are there. A list sends several.',
        default: {},
      }),
      default: Values('Headers to set only if there is none of the name.'),
      remove: Type.Array(Type.String(), { description: 'Names of headers to drop.', default: [] }),
    },
    { additionalProperties: false, description, default: {} },
  )

const PresetName = Type.Enum(['security-strict', 'security-basic', 'cors-permissive', 'api'])

const Cors = Type.Object(
  {
    origins: OneOrMore(
      'Origins whose pages may read answers: `https://app.example.org`, `https://*.example.org`, `null`, or `*` for all.',
    ),
    methods: OneOrMore('Methods that other origins may use.', ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']),
    headers: OneOrMore('Request headers that other origins may send; `*` for whatever they ask for.', [
      'Accept',
      'Authorization',
      'Content-Type',
      'X-Requested-With',
    ]),
    expose: OneOrMore('Answer headers that pages of other origins may read; `*` for all.', []),
    credentials: Type.Boolean({
      description: 'Cookies and HTTP authentication may come along. Not together with the origin `*`.',
      default: false,
    }),
    max_age: Duration({
      description: 'How long browsers may remember the answer to a preflight.',
      default: '10m',
      max: 86_400_000,
    }),
  },
  { additionalProperties: false, description: 'Which other origins may use this host from a browser.' },
)

/** Options under `headers:` in a route. */
export const HeadersOptions = Type.Object(
  {
    hide_server: Type.Boolean({
      description: 'Drop `Server` and `X-Powered-By` from answers.',
      default: true,
    }),
    preset: Type.Union([PresetName, Type.Array(PresetName)], {
      description: 'Ready-made sets, one or a list: `security-strict`, `security-basic`, `cors-permissive`, `api`.',
      default: [],
    }),
    framed_paths: Type.Array(
      PathPattern({ description: 'A path pattern: `/widget/*`, `/embed`, `*-connector.html`.' }),
      {
        description:
          'Pages that other pages may frame or open as a popup: no preset puts `Content-Security-Policy`, ' +
          '`X-Frame-Options` or `Cross-Origin-Opener-Policy` on them.',
        default: [],
      },
    ),
    cors: Type.Optional(Cors),
    request: Edits('Changes to what the backend gets.'),
    response: Edits('Changes to what the client gets, from the backend or from the gateway itself.'),
  },
  { additionalProperties: false, description: 'Headers sent to the backend and to the client, and CORS.' },
)

/** Options with their defaults filled in. */
export type HeadersOptions = Static<typeof HeadersOptions>

/** The options of `cors`, filled in. */
export type CorsOptions = Static<typeof Cors>

/** The options of `request` or `response`, filled in. */
export type EditOptions = HeadersOptions['request']

/** The name of a ready-made set. */
export type PresetName = Static<typeof PresetName>
