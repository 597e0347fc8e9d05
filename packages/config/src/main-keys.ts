import { Duration, Size } from '@drawbridge/plugin-kit'
import { type Static, Type } from 'typebox'

const Listen = Type.Object(
  {
    http: Type.String({
      description:
        'Address for plain HTTP: host:port, [ipv6]:port, or a port for all addresses. Port 0 takes a free one.',
      default: '[::]:8080',
    }),
    header_timeout: Duration({
      description: "How long a client may take to send a request's head.",
      default: '10s',
      min: 100,
      max: 600_000,
    }),
    idle_timeout: Duration({
      description: 'How long a client connection may be idle between requests, unless a route says otherwise.',
      default: '120s',
      min: 1000,
      max: 86_400_000,
    }),
    max_header_size: Size({
      description: "Bytes of a request's head that are read at all; a route's limits can only be stricter.",
      default: '64kb',
      min: 4096,
      max: 1024 * 1024,
    }),
  },
  {
    additionalProperties: false,
    description: 'Where the gateway listens. A port or an address alone is its http.',
    default: {},
  },
)

const Admin = Type.Object(
  {
    listen: Type.String({ description: 'Address of the dashboard and the admin API.', default: '127.0.0.1:9900' }),
    allowed_hosts: Type.Array(Type.String({ minLength: 1 }), {
      description: 'Further names, as in a browser’s address bar, under which the admin API may be reached.',
      default: [],
    }),
    tls: Type.Optional(
      Type.Object(
        {
          cert: Type.String({ description: 'PEM file of the certificate and its chain, relative to this file.' }),
          key: Type.String({ description: 'PEM file of its key, relative to this file.' }),
        },
        {
          additionalProperties: false,
          description: 'HTTPS for the admin API: needed to sign in from another machine.',
        },
      ),
    ),
  },
  { additionalProperties: false, description: 'The dashboard and the admin API.', default: {} },
)

/**
 * The keys of drawbridge.yaml, after short forms are written out and without `routes` and `defaults`, which are read
 * key by key.
 */
export const MainKeys = Type.Object(
  {
    version: Type.Literal(1, { description: 'Version of this file format.', default: 1 }),
    listen: Listen,
    admin: Admin,
    data: Type.String({
      description: 'Folder of the database, keys, certificates and backups, relative to this file.',
      default: 'data/',
      minLength: 1,
    }),
    include: Type.Array(Type.String({ minLength: 1 }), {
      description: 'Further route files: folders, files, or patterns such as more/*.yaml, relative to this file.',
      default: [],
    }),
    trusted_proxies: Type.Array(Type.String(), {
      description: 'Addresses and CIDRs whose forwarding headers are believed.',
      default: [],
    }),
    shutdown_timeout: Duration({
      description: 'How long requests in flight get at a stop.',
      default: '30s',
      max: 3_600_000,
    }),
    plugins: Type.Array(Type.String({ minLength: 1 }), {
      description: 'Packages, or paths relative to this file, of plugins that add to or replace the shipped ones.',
      default: [],
    }),
    webhooks: Type.Array(Type.Unknown(), { description: 'Where events are announced.', default: [] }),
  },
  { additionalProperties: false },
)

/** Validated keys of drawbridge.yaml. */
export type MainKeys = Static<typeof MainKeys>

/** The names of all keys of drawbridge.yaml. */
export const MAIN_NAMES: readonly string[] = [...Object.keys(MainKeys.properties), 'routes', 'defaults']
