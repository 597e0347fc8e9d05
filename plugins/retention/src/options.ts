import { Duration, resolveOptions } from '@drawbridge/plugin-kit'
import { type Static, Type } from 'typebox'

const HOUR_MS = 3_600_000

/** Options under `data_retention:` in a route, or in `defaults:` for all of them and for what belongs to none. */
export const RetentionOptions = Type.Object(
  {
    access_logs: Duration({
      description: 'How long the record of a request is kept.',
      default: '7d',
      min: HOUR_MS,
    }),
    error_logs: Duration({
      description: 'How long failures of the gateway and of backends are kept.',
      default: '30d',
      min: HOUR_MS,
    }),
    security_logs: Duration({
      description: 'How long refusals are kept: failed logins, blocked requests.',
      default: '90d',
      min: HOUR_MS,
    }),
    audit_logs: Duration({
      description: 'How long it is kept who changed and read what.',
      default: '365d',
      min: HOUR_MS,
    }),
    metrics: Duration({
      description: 'How long counts and measurements are kept.',
      default: '30d',
      min: HOUR_MS,
    }),
    schedule: Type.String({
      description:
        'When runs start: a time of day (`03:30`) or a cron expression of five fields. Counts in `defaults:` only.',
      default: '03:30',
      minLength: 5,
      maxLength: 100,
    }),
    time_zone: Type.String({
      description: 'IANA name of the time zone of `schedule`: `UTC`, `Europe/Berlin`. Counts in `defaults:` only.',
      default: 'UTC',
      minLength: 1,
      maxLength: 64,
    }),
  },
  { additionalProperties: false, description: 'How long records are kept before they are deleted.' },
)

/** Options with their defaults filled in; periods are milliseconds. */
export type RetentionOptions = Static<typeof RetentionOptions>

/** What holds where nothing is configured. */
export const DEFAULT_OPTIONS: RetentionOptions = resolveDefaults()

function resolveDefaults(): RetentionOptions {
  const resolution = resolveOptions(RetentionOptions, {})
  if ('value' in resolution) return resolution.value
  throw new TypeError('the defaults of data_retention are not valid')
}
