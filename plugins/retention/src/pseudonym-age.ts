import type { FileStore, PersonalData, RetentionClass } from '@drawbridge/plugin-kit'
import type { AgingTable } from './row-group.ts'
import { periodOf, type Rules } from './rules.ts'

/** What may carry pseudonyms, and how long it stays. */
export interface PseudonymCarriers {
  readonly tables: readonly AgingTable[]
  readonly stores: readonly FileStore[]
  readonly rules: Rules
  readonly nowSeconds: number
}

/** The moment (seconds since 1970) before which no record with a pseudonym is left; `undefined` where some are never deleted. */
export function oldestPseudonym({ tables, stores, rules, nowSeconds }: PseudonymCarriers): number | undefined {
  const classes = new Set<RetentionClass>([
    ...tables.filter(carriesPseudonym).map(({ retention }) => retention.class),
    ...stores.filter(carriesPseudonym).map(({ retentionClass }) => retentionClass),
  ])
  const all = [rules.general, ...rules.routes.map(({ options }) => options)]
  if (classes.size > 0 && all.includes(undefined)) return undefined
  const periods = [...classes].flatMap((name) =>
    all.map((options) => (options === undefined ? 0 : periodOf(options, name))),
  )
  return nowSeconds - Math.max(0, ...periods)
}

function carriesPseudonym({ personalData }: { readonly personalData: readonly PersonalData[] }): boolean {
  return personalData.some(({ findBy }) => findBy === 'pseudonym')
}
