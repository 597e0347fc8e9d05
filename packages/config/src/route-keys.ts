import { type Static, Type } from 'typebox'

const BackendTlsKeys = Type.Object(
  {
    ca: Type.Optional(
      Type.String({
        description: "PEM file of the authorities to trust instead of the system's, relative to this file.",
      }),
    ),
    verify: Type.Boolean({ description: "Whether the backend's certificate must be valid.", default: true }),
    server_name: Type.Optional(
      Type.String({ description: "Name to ask for and to expect in the certificate, instead of the backend's." }),
    ),
  },
  { additionalProperties: false, description: 'TLS towards an https backend.', default: {} },
)

/** The keys of a route that belong to no plugin. */
export const RouteKeys = Type.Object(
  {
    host: Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })], {
      description: 'The name that clients ask for, or a list of names; *.example.org is every name below example.org.',
    }),
    backend: Type.String({
      description: 'Where requests go: http://host:port, https://host:port, unix:/path.sock, or demo.',
    }),
    backend_tls: BackendTlsKeys,
    host_header: Type.String({
      description: "The Host the backend gets: preserve (the client's), upstream (the backend's own), or a name.",
      default: 'preserve',
    }),
    upgrades: Type.Array(Type.String({ pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~/-]+$" }), {
      description: 'Protocols that clients may upgrade to.',
      default: ['websocket'],
    }),
    forwarded: Type.Boolean({
      description: 'Send an RFC 7239 Forwarded header besides X-Forwarded-*.',
      default: false,
    }),
    app: Type.Optional(
      Type.String({ description: 'The application behind this route; fills in what it needs, own keys win.' }),
    ),
  },
  { additionalProperties: false },
)

/** Validated keys of a route that belong to no plugin. */
export type RouteKeys = Static<typeof RouteKeys>

/** Their names. */
export const ROUTE_KEYS: readonly string[] = Object.keys(RouteKeys.properties)
