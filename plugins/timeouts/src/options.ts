import { Duration, Size } from '@drawbridge/plugin-kit'
import { type Static, Type } from 'typebox'

const SHORTEST = 100
const LONGEST = 86_400_000

/** Options under `timeouts:` in a route. */
export const TimeoutsOptions = Type.Object(
  {
    connect: Duration({
      description: 'How long a connection to the backend may take to open, TLS and name look-up included.',
      default: '5s',
      min: 10,
      max: 600_000,
    }),
    response_header: Type.Optional(
      Duration({
        description:
          'How long the backend may take to begin its answer once it has the whole request. Without it: `read`.',
        min: SHORTEST,
        max: LONGEST,
      }),
    ),
    read: Duration({
      description: 'How long the backend may send nothing in the middle of its answer.',
      default: '30s',
      min: SHORTEST,
      max: LONGEST,
    }),
    write: Duration({
      description: 'How long the backend may take nothing of a request body that waits for it.',
      default: '30s',
      min: SHORTEST,
      max: LONGEST,
    }),
    client_body: Duration({
      description: 'How long the client may send nothing of the body it owes.',
      default: '30s',
      min: SHORTEST,
      max: LONGEST,
    }),
    min_upload_rate: Size({
      description:
        'Bytes a second that a client must send of a body, on the average over each period of `client_body`; 0 is off.',
      default: 100,
      max: 1024 * 1024,
    }),
    client_read: Duration({
      description: 'How long the client may take nothing of an answer that waits for it.',
      default: '60s',
      min: SHORTEST,
      max: LONGEST,
    }),
    total: Type.Optional(
      Duration({
        description:
          'How long a request may take altogether, whatever moves; never for upgrades and event streams. Without it: no bound.',
        min: SHORTEST,
        max: LONGEST,
      }),
    ),
    idle: Type.Optional(
      Duration({
        description:
          'How long idle connections are kept, to clients and to the backend. Without it: `listen.idle_timeout` and 120s.',
        min: 1000,
        max: LONGEST,
      }),
    ),
  },
  {
    additionalProperties: false,
    description: 'How long to wait, and for what. All but `total` are about silence, not about length.',
  },
)

/** Options with their defaults filled in. */
export type TimeoutsOptions = Static<typeof TimeoutsOptions>
