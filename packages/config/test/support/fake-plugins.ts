import { Duration, definePlugin, PathPattern, type Plugin, Rate, Size } from '@drawbridge/plugin-kit'
import { Type } from 'typebox'

const closed = { additionalProperties: false } as const
const Names = (description: string) => Type.Array(Type.String(), { description, default: [] })
const Values = (description: string) => Type.Record(Type.String(), Type.String(), { description, default: {} })

/** Limits as in the requirement's #24; on by default. */
export const limits = definePlugin({
  name: 'limits',
  key: 'limits',
  phase: 'guard',
  isOnByDefault: true,
  options: Type.Object(
    {
      max_request_body: Size({ description: 'Largest request body.', default: '10mb' }),
      max_request_headers: Size({ description: 'Largest request head.', default: '16kb' }),
      max_response_body: Type.Optional(Size({ description: 'Largest response body.' })),
    },
    closed,
  ),
})

/** Timeouts as in #23; on by default. */
export const timeouts = definePlugin({
  name: 'timeouts',
  key: 'timeouts',
  phase: 'upstream',
  isOnByDefault: true,
  options: Type.Object(
    {
      connect: Duration({ description: 'For a connection.', default: '5s', min: 1, max: 3_600_000 }),
      read: Duration({ description: 'For reading.', default: '30s' }),
      write: Duration({ description: 'For writing.', default: '30s' }),
      idle: Duration({ description: 'For idle connections.', default: '120s' }),
    },
    closed,
  ),
  check: ({ connect, read }) =>
    connect > read
      ? [{ severity: 'warning', code: 'odd-timeouts', path: ['connect'], message: 'connect is longer than read' }]
      : [],
})

/** Header edits as in #25; off by default here. */
export const headers = definePlugin({
  name: 'headers',
  key: 'headers',
  phase: 'shape',
  isOnByDefault: false,
  options: Type.Object(
    {
      preset: Type.Optional(
        Type.Unsafe<string>({ enum: ['security-strict', 'api'], type: 'string', description: 'A ready set.' }),
      ),
      request: Type.Optional(Type.Object({ add: Values('Set.'), remove: Names('Removed.') }, closed)),
      response: Type.Optional(Type.Object({ add: Values('Set.'), remove: Names('Removed.') }, closed)),
    },
    closed,
  ),
  check: ({ request }) =>
    (request?.remove ?? []).flatMap((name, index) =>
      name.toLowerCase() === 'cookie'
        ? [{ severity: 'warning', code: 'cookie', path: ['request', 'remove', index], message: 'logins will break' }]
        : [],
    ),
})

/** Rate limits as in #14; off by default, with a preset. */
export const rateLimit = definePlugin({
  name: 'rate-limit',
  key: 'rate_limit',
  phase: 'guard',
  after: ['limits'],
  isOnByDefault: false,
  presets: { pterodactyl: { per_ip: 300, paths: [{ path: '/auth/*', per_ip: 10 }] } },
  options: Type.Object(
    {
      global: Type.Optional(Rate({ description: 'For the route.' })),
      per_ip: Rate({ description: 'For each address.', default: 100 }),
      paths: Type.Array(
        Type.Object(
          {
            path: PathPattern({ description: 'Which paths.' }),
            per_ip: Rate({ description: 'For each address.', default: 10 }),
            ban_after: Type.Integer({ description: 'Violations before a ban.', default: 0, minimum: 0 }),
            ban_duration: Duration({ description: 'How long a ban lasts.', default: '1h' }),
            alert_webhook: Type.Boolean({ description: 'Whether to tell a webhook.', default: false }),
          },
          closed,
        ),
        { description: 'Limits of paths.', default: [] },
      ),
    },
    closed,
  ),
})

/** All of them. */
export const fakePlugins: readonly Plugin[] = [timeouts, headers, rateLimit, limits]
