import type { Migration } from '@drawbridge/plugin-kit'

/**
 * The tables of the request log. `request_logs_search` holds, in the order of time, all that searches filter by: scanning a million of
 * its entries takes 60 ms, and writing one 0.5 µs where an index in random order takes 9. The reasons and figures are in
 * docs/decisions/0005-request-log-table.md.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    id: '0001-request-logs',
    sql: `
      CREATE TABLE request_logs (
        id INTEGER PRIMARY KEY,
        timestamp INTEGER NOT NULL,
        time_ms INTEGER NOT NULL,
        request_id TEXT NOT NULL,
        route_id INTEGER NOT NULL,
        host TEXT,
        method TEXT NOT NULL,
        path TEXT NOT NULL,
        query TEXT,
        status INTEGER NOT NULL,
        duration_ms INTEGER NOT NULL,
        wait_ms INTEGER NOT NULL,
        bytes_sent INTEGER NOT NULL,
        bytes_received INTEGER NOT NULL,
        client TEXT NOT NULL,
        pseudonym TEXT,
        user_agent TEXT,
        user_agent_class TEXT,
        referrer TEXT,
        retry_count INTEGER NOT NULL DEFAULT 0,
        cause TEXT,
        country TEXT,
        upstream TEXT,
        details TEXT
      ) STRICT;
      CREATE INDEX request_logs_request_id ON request_logs (request_id);
      CREATE INDEX request_logs_search ON request_logs
        (timestamp, time_ms, route_id, status, duration_ms, pseudonym, client, method, cause, host, path);
    `,
  },
  {
    id: '0002-error-logs',
    sql: `
      CREATE TABLE error_logs (
        id INTEGER PRIMARY KEY,
        timestamp INTEGER NOT NULL,
        time_ms INTEGER NOT NULL,
        request_id TEXT NOT NULL,
        route_id INTEGER NOT NULL,
        host TEXT,
        cause TEXT,
        status INTEGER NOT NULL,
        method TEXT NOT NULL,
        path TEXT NOT NULL,
        duration_ms INTEGER NOT NULL,
        wait_ms INTEGER NOT NULL,
        retry_count INTEGER NOT NULL DEFAULT 0,
        upstream TEXT,
        client TEXT NOT NULL,
        pseudonym TEXT
      ) STRICT;
      CREATE INDEX error_logs_request_id ON error_logs (request_id);
      CREATE INDEX error_logs_time ON error_logs (timestamp, route_id);
    `,
  },
]
