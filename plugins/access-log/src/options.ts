import { type Static, Type } from 'typebox'

/** The formats of log lines. */
export const FORMATS = ['json', 'combined', 'vcombined', 'ecs'] as const

/** One of `FORMATS`. */
export type Format = (typeof FORMATS)[number]

const FormatName = Type.Union(FORMATS.map((format) => Type.Literal(format)))

/** Options under `access_log:` in a route. */
export const AccessLogOptions = Type.Object(
  {
    database: Type.Boolean({
      description: 'Keep a row of every request in the database: what the search and `drawbridge trace` look at.',
      default: true,
    }),
    files: Type.Array(FormatName, {
      description: 'Formats in which lines are written to files below `logs/access` of the data folder.',
      default: [],
      uniqueItems: true,
    }),
    stdout: Type.Optional(
      Type.Union(FormatName.anyOf, {
        description: 'Format of the lines written to standard output; absent: none are.',
      }),
    ),
  },
  { additionalProperties: false, description: 'A record of every request, for searching and for log programs.' },
)

/** Options with their defaults filled in. */
export type AccessLogOptions = Static<typeof AccessLogOptions>
