import type { Clock, Service } from '@drawbridge/plugin-kit'
import { RouteWatch, type WatchedRoute } from './route-watch.ts'
import { TIMEOUT_KINDS, type TimeoutKind } from './timeout-kind.ts'

/** Milliseconds between two looks at the requests under way: how late a timeout may be. */
const SWEEP_MS = 250

/** How often each kind of timeout ended a request. */
export type TimeoutCounts = Readonly<Record<TimeoutKind, number>>

/** The process-wide side of the plugin: one timer for all requests, and the counters. */
export interface TimeoutsService extends Service {
  /** Watches the requests of one more route app, until `unwatch`. */
  watch(route: Omit<WatchedRoute, 'count'>): RouteWatch
  unwatch(watch: RouteWatch): void
  /** Timeouts since the start, by the first host name of the route. */
  counts(): ReadonlyMap<string, TimeoutCounts>
}

/** Makes the service and starts its timer. */
export function createTimeoutsService({ clock }: { readonly clock: Clock }): TimeoutsService {
  const watches = new Set<RouteWatch>()
  const counts = new Map<string, Record<TimeoutKind, number>>()
  const stop = clock.every(SWEEP_MS, () => {
    const now = clock.now()
    for (const watch of watches) watch.sweep(now)
  })
  return {
    watch(route) {
      const ofHost = counts.get(route.host) ?? noCounts()
      counts.set(route.host, ofHost)
      const watch = new RouteWatch({
        ...route,
        count: (kind) => {
          ofHost[kind] += 1
        },
      })
      watches.add(watch)
      return watch
    },
    unwatch: (watch) => void watches.delete(watch),
    counts: () => counts,
    stop,
  }
}

function noCounts(): Record<TimeoutKind, number> {
  return Object.fromEntries(TIMEOUT_KINDS.map((kind) => [kind, 0])) as Record<TimeoutKind, number>
}
