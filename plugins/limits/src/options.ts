import { PathPattern, Size } from '@drawbridge/plugin-kit'
import { type Static, Type } from 'typebox'

const MEGABYTE = 1024 ** 2

const REQUEST_BODY = { description: 'Largest request body, declared or counted while it streams.', min: 1 }
const REQUEST_HEADERS = {
  description:
    "Largest head: the sum of name + value + 4 bytes over all headers. The listener's own limit comes first.",
  min: 256,
  max: MEGABYTE,
}
const HEADER_COUNT = { description: 'Most header lines of a request.', minimum: 1, maximum: 10_000 }
const URL = { description: 'Longest request target, query included, in bytes.', min: 16, max: MEGABYTE }
const RESPONSE_BODY = { description: 'Largest response body that is passed on. Without it there is no limit.', min: 1 }

const PathLimits = Type.Object(
  {
    path: PathPattern({
      description: 'The paths concerned: /a, /a/*, /a/*/b or *.php. The most specific entry counts.',
    }),
    max_request_body: Type.Optional(Size(REQUEST_BODY)),
    max_request_headers: Type.Optional(Size(REQUEST_HEADERS)),
    max_header_count: Type.Optional(Type.Integer(HEADER_COUNT)),
    max_url: Type.Optional(Size(URL)),
    max_response_body: Type.Optional(Size(RESPONSE_BODY)),
  },
  { additionalProperties: false, description: "Other limits for some paths; what is not given here is the route's." },
)

/** Options under `limits:` in a route. */
export const LimitsOptions = Type.Object(
  {
    max_request_body: Size({ ...REQUEST_BODY, default: '10mb' }),
    max_request_headers: Size({ ...REQUEST_HEADERS, default: '16kb' }),
    max_header_count: Type.Integer({ ...HEADER_COUNT, default: 100 }),
    max_url: Size({ ...URL, default: '8kb' }),
    max_response_body: Type.Optional(Size(RESPONSE_BODY)),
    paths: Type.Array(PathLimits, {
      description: 'Other limits for some paths. The most specific matching entry counts.',
      default: [],
      maxItems: 200,
    }),
  },
  { additionalProperties: false, description: 'How large requests and responses may be.' },
)

/** Options with their defaults filled in. Sizes are bytes. */
export type LimitsOptions = Static<typeof LimitsOptions>
