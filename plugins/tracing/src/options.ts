import { type Static, Type } from 'typebox'

/** Options under `tracing:` in a route. */
export const TracingOptions = Type.Object(
  {
    header: Type.String({
      description: 'The header that carries the request id, from the client, to the backend and back.',
      default: 'X-Request-ID',
      minLength: 1,
      maxLength: 64,
      // No underscore: core drops such names on their way to the backend.
      pattern: '^[A-Za-z][A-Za-z0-9-]*$',
    }),
    accept_from_trusted: Type.Boolean({
      description:
        'Take over the id of a request that a trusted proxy passes on, when it is 8 to 128 of the characters A-Z a-z 0-9 . _ -',
      default: true,
    }),
    response_header: Type.Boolean({
      description: 'Tell the client the id, in every answer. Off, the header of a backend passes as it is.',
      default: true,
    }),
    traceparent: Type.Boolean({
      description:
        'Continue W3C traces: `traceparent` with a parent id of its own, `tracestate` as it came. Off, both pass unread.',
      default: true,
    }),
    accept_traceparent: Type.Union([Type.Literal('any'), Type.Literal('trusted')], {
      description: 'Whose traces are continued: those of `any` client, or only those that `trusted` proxies pass on.',
      default: 'any',
    }),
  },
  { additionalProperties: false, description: 'An id for every request, and W3C trace context.' },
)

/** Options with their defaults filled in. */
export type TracingOptions = Static<typeof TracingOptions>
