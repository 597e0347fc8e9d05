import { type LiveRoute, RETENTION_CLASSES, type RetentionClass } from '@drawbridge/plugin-kit'

/** Where the periods are: another plugin's options, so plain data here. */
const KEY = 'data_retention'

/** How long records of a class stay on a route, in seconds; `undefined` where nothing ends them. */
export function retentionPeriod({ options }: Pick<LiveRoute, 'options'>, kind: RetentionClass): number | undefined {
  const period = options[KEY]?.[kind]
  // Resolved durations are milliseconds.
  return typeof period === 'number' && period > 0 ? Math.round(period / 1000) : undefined
}

/** The longest period of all routes and classes, in seconds; `undefined` where one has no end. */
export function longestRetention(routes: readonly LiveRoute[]): number | undefined {
  let longest = 0
  for (const route of routes) {
    for (const kind of RETENTION_CLASSES) {
      const period = retentionPeriod(route, kind)
      if (period === undefined) return undefined
      longest = Math.max(longest, period)
    }
  }
  return longest === 0 ? undefined : longest
}
