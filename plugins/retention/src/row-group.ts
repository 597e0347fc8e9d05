import type { RetentionClass, SqlValue, TableDefinition } from '@drawbridge/plugin-kit'
import { periodOf, type Rule, type Rules } from './rules.ts'

/** A table whose rows are deleted by age. */
export type AgingTable = TableDefinition & { readonly retention: NonNullable<TableDefinition['retention']> }

/** The rows of a table that stay equally long. */
export interface RowGroup {
  readonly table: AgingTable
  /** Seconds. */
  readonly period: number
  /** Rows from before this moment, in seconds since 1970, are due. */
  readonly cutoff: number
  /** Which rows of the table these are, as an SQL condition with its parameters. */
  readonly where: string
  readonly params: readonly SqlValue[]
}

/** The tables of all plugins whose rows are deleted by age. */
export function agingTables(plugins: readonly { readonly tables?: readonly TableDefinition[] }[]): AgingTable[] {
  return plugins.flatMap(({ tables = [] }) => tables.filter(isAging))
}

/** The groups of a table's rows at this moment. Rows of routes with retention off are in none. */
export function groupRows(table: AgingTable, rules: Rules, nowSeconds: number): RowGroup[] {
  const { class: retentionClass, routeColumn, condition } = table.retention
  const extra = condition === undefined ? '' : ` AND (${condition})`
  const toGroup = (period: number, where: string, params: readonly SqlValue[] = []): RowGroup => ({
    table,
    period,
    cutoff: nowSeconds - period,
    where: where + extra,
    params,
  })
  const generalPeriod = rules.general === undefined ? undefined : periodOf(rules.general, retentionClass)
  if (routeColumn === undefined) return generalPeriod === undefined ? [] : [toGroup(generalPeriod, 'true')]
  const route = quoteName(routeColumn)
  const own = rules.routes.filter(({ state }) => state === 'configured' || state === 'waiting')
  // The + keeps SQLite from going by route: it is to follow the index over time, which needs no sorting.
  const groups = [...idsByPeriod(own, retentionClass)].map(([period, ids]) =>
    toGroup(period, `+${route} IN (SELECT value FROM json_each(?))`, [JSON.stringify(ids)]),
  )
  if (generalPeriod === undefined) return groups
  const others = `(${route} IS NULL OR +${route} NOT IN (SELECT value FROM json_each(?)))`
  return [...groups, toGroup(generalPeriod, others, [JSON.stringify(own.map(({ routeId }) => routeId))])]
}

/** A name as SQL wants it. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function isAging(table: TableDefinition): table is AgingTable {
  return table.retention !== undefined
}

function idsByPeriod(rules: readonly Rule[], retentionClass: RetentionClass): Map<number, number[]> {
  const ids = new Map<number, number[]>()
  for (const { routeId, options } of rules) {
    if (options === undefined) continue
    const period = periodOf(options, retentionClass)
    ids.set(period, [...(ids.get(period) ?? []), routeId])
  }
  return ids
}
