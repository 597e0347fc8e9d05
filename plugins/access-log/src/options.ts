import { type Static, Type } from 'typebox'

const FormatName = Type.Union([
  Type.Literal('json'),
  Type.Literal('combined'),
  Type.Literal('vcombined'),
  Type.Literal('ecs'),
])

/** The name of a format of log lines. */
export type Format = Static<typeof FormatName>

/** All formats of log lines. */
export const FORMATS: readonly Format[] = FormatName.anyOf.map((name) => name.const)

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
