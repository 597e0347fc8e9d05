import type { ServiceHost, SqlValue, StatementWrite } from '@drawbridge/plugin-kit'
import { StorageAway } from './errors.ts'

/** The gateway's storage with answers for clients: rejects with `StorageAway` (503) where the database does not take or give what it should. */
export interface AdminStorage {
  /** Rows with a type that the query vouches for. */
  all<T>(sql: string, params?: readonly SqlValue[]): Promise<T[]>
  /** All or nothing; resolves with the rows changed by each. */
  write(...statements: StatementWrite[]): Promise<number[]>
  /** For what may be lost: a time of last use. */
  writeLossy(statement: StatementWrite): void
}

/** Wraps the storage of the host. The cause is for the log, not for the client. */
export function createAdminStorage({ storage }: ServiceHost): AdminStorage {
  const fail = (cause: unknown): never => {
    throw Object.assign(new StorageAway(), { cause })
  }
  return {
    all: <T>(sql: string, params: readonly SqlValue[] = []) => storage.all(sql, params).catch(fail) as Promise<T[]>,
    write: (...statements) => storage.durable(statements).catch(fail),
    writeLossy: (statement) => void storage.durable([statement]).catch(() => {}),
  }
}
