import type { ServiceHost } from '@drawbridge/plugin-kit'
import { agingTables, groupRows, quoteName, type RowGroup } from './row-group.ts'
import { NO_ROUTE, type Rules } from './rules.ts'

/** Rows that a run would delete now. */
export interface DueRows {
  readonly store: string
  readonly class: string
  /** Null where they belong to no known route. */
  readonly route_id: number | null
  readonly host: string | null
  readonly period_seconds: number
  readonly before: number
  readonly count: number
  readonly oldest: number
  readonly newest: number
}

/** What is due in all tables, and the tables that could not be counted. */
export interface Due {
  readonly due: readonly DueRows[]
  readonly failures: readonly { readonly store: string; readonly error: string }[]
}

/** Counts without deleting. Files are not counted: only their plugin knows what is in them. */
export async function countDue({ storage, installation, redactor }: ServiceHost, rules: Rules, nowSeconds: number) {
  const result = { due: [] as DueRows[], failures: [] as { store: string; error: string }[] }
  const hosts = new Map(rules.routes.map(({ routeId, host }) => [routeId, host]))
  for (const table of agingTables(installation.plugins)) {
    try {
      for (const group of groupRows(table, rules, nowSeconds)) {
        const rows = await storage.all(countOf(group), [group.cutoff, ...group.params])
        result.due.push(...rows.map((row) => toDueRows(row as unknown as CountRow, group, hosts)))
      }
    } catch (error) {
      const text = redactor.text(error instanceof Error ? error.message : String(error))
      result.failures.push({ store: table.name, error: text })
    }
  }
  return result satisfies Due
}

interface CountRow {
  readonly route_id: number
  readonly count: number
  readonly oldest: number
  readonly newest: number
}

function countOf({ table, where }: RowGroup): string {
  const { timeColumn, routeColumn } = table.retention
  const time = quoteName(timeColumn)
  const route = routeColumn === undefined ? NO_ROUTE : `ifnull(${quoteName(routeColumn)}, ${NO_ROUTE})`
  return `SELECT ${route} AS route_id, count(*) AS count, min(${time}) AS oldest, max(${time}) AS newest
    FROM ${quoteName(table.name)} WHERE ${time} < ? AND ${where} GROUP BY 1`
}

function toDueRows(row: CountRow, { table, period, cutoff }: RowGroup, hosts: ReadonlyMap<number, string>): DueRows {
  return {
    store: table.name,
    class: table.retention.class,
    route_id: row.route_id === NO_ROUTE ? null : row.route_id,
    host: hosts.get(row.route_id) ?? null,
    period_seconds: period,
    before: cutoff,
    count: row.count,
    oldest: row.oldest,
    newest: row.newest,
  }
}
