import { decodeCursor, type ServiceHost, type SqlValue, toPage } from '@drawbridge/plugin-kit'
import { createClientFilter } from './client-filter.ts'
import { SearchFailed } from './errors.ts'
import { toErrorEntry, toLogEntry } from './log-entry.ts'
import {
  type ErrorQuery,
  type Filters,
  joinConditions,
  type LogQuery,
  type SqlPiece,
  toConditions,
} from './log-query.ts'
import { parseTime } from './parse-time.ts'

type Row = Record<string, SqlValue>

/** Searches the tables of the request log. Rejects with `SearchFailed` where the storage does not answer. */
export interface LogSearch {
  logs(query: LogQuery): Promise<object>
  errors(query: ErrorQuery): Promise<object>
  /** All that is recorded under a request id, newest first: at most 200 of each. */
  byRequestId(id: string): Promise<{ logs: object[]; errors: object[] }>
}

interface Page {
  readonly table: 'request_logs' | 'error_logs'
  /** Which index to go through: all filters are in it, so that the table itself is read for the page alone. */
  readonly index: string
  readonly conditions: readonly SqlPiece[]
  readonly limit: number
  readonly cursor: string | undefined
}

const MAX_OF_ONE_ID = 200
const ORDER = 'ORDER BY timestamp DESC, time_ms DESC, id DESC'

/** Makes the search of a host. */
export function createLogSearch(host: ServiceHost): LogSearch {
  const clients = createClientFilter(host)

  async function read({ table, index, conditions, limit, cursor }: Page): Promise<Row[]> {
    const where = joinConditions(cursor === undefined ? conditions : [...conditions, behind(cursor)])
    const sql = `SELECT found.*, routes.host AS route_host FROM ${table} AS found LEFT JOIN routes USING (route_id)
      WHERE id IN (SELECT id FROM ${table} INDEXED BY ${index} WHERE ${where.sql} ${ORDER} LIMIT ?) ${ORDER}`
    return ask(() => host.storage.all(sql, [...where.params, limit]))
  }

  function resolve(query: LogQuery | ErrorQuery): Filters {
    const now = host.clock.wallNow()
    const { since, until, limit: _limit, cursor: _cursor, ...filters } = query
    const times = { sinceSecond: parseTime('since', since, now), untilSecond: parseTime('until', until, now) }
    return { ...filters, ...times }
  }

  return {
    async logs(query) {
      const conditions = toConditions(resolve(query))
      const { client, request_id, limit, cursor } = query
      if (client !== undefined) conditions.push(await ask(() => clients.conditionFor(client, conditions)))
      const index = request_id === undefined ? 'request_logs_search' : 'request_logs_request_id'
      const rows = await read({ table: 'request_logs', index, conditions, cursor, limit: limit + 1 })
      return withEntries(toPage('logs', rows, { limit, keyOf }), 'logs', toLogEntry)
    },
    async errors(query) {
      const conditions = toConditions(resolve(query))
      const { request_id, limit, cursor } = query
      const index = request_id === undefined ? 'error_logs_time' : 'error_logs_request_id'
      const rows = await read({ table: 'error_logs', index, conditions, cursor, limit: limit + 1 })
      return withEntries(toPage('errors', rows, { limit, keyOf }), 'errors', toErrorEntry)
    },
    async byRequestId(id) {
      // The request may have ended a moment ago.
      await host.storage.flush()
      const conditions = [{ sql: 'request_id = ?', params: [id] }]
      const page = { conditions, limit: MAX_OF_ONE_ID, cursor: undefined }
      const logs = await read({ ...page, table: 'request_logs', index: 'request_logs_request_id' })
      const errors = await read({ ...page, table: 'error_logs', index: 'error_logs_request_id' })
      return { logs: logs.map(toLogEntry), errors: errors.map(toErrorEntry) }
    },
  }
}

/** Rows that came before those of the page before; what arrives meanwhile does not move them. */
function behind(cursor: string): SqlPiece {
  const key = decodeCursor(cursor, 3)
  // By itself the comparison of rows does not tell SQLite where in the index to begin.
  return { sql: 'timestamp <= ? AND (timestamp, time_ms, id) < (?, ?, ?)', params: [key[0] ?? 0, ...key] }
}

function keyOf({ timestamp, time_ms, id }: Row): number[] {
  return [Number(timestamp), Number(time_ms), Number(id)]
}

function withEntries(page: object, plural: string, toEntry: (row: Row) => object): object {
  const rows = Reflect.get(page, plural) as readonly Row[]
  return { ...page, [plural]: rows.map(toEntry) }
}

async function ask<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question()
  } catch (error) {
    if (error instanceof Error && 'statusCode' in error) throw error
    throw Object.assign(new SearchFailed(), { cause: error })
  }
}
