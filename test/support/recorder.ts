import { definePlugin } from '@drawbridge/plugin-kit'
import { Type } from 'typebox'

const COLUMNS = ['timestamp', 'route_id', 'path']

/** A plugin that puts every finished request into `request_logs`: what retention and erasure are tried on. */
export const recorder = definePlugin({
  name: 'recorder',
  key: 'recorder',
  phase: 'record',
  isOnByDefault: true,
  options: Type.Object({}, { additionalProperties: false }),
  wire(_app, _options, host) {
    const table = host.storage.insertInto('request_logs', COLUMNS)
    host.onEntry(({ time, routeId, path }) => {
      host.storage.enqueue(table, [Math.floor(time / 1000), routeId, path])
    })
  },
  tables: [
    {
      name: 'request_logs',
      holds: { en: 'one row per request', de: 'eine Zeile je Anfrage' },
      retention: { class: 'access_logs', timeColumn: 'timestamp', routeColumn: 'route_id' },
      personalData: [],
    },
  ],
  migrations: [
    {
      id: '0001',
      sql: `CREATE TABLE request_logs (timestamp INTEGER NOT NULL, route_id INTEGER NOT NULL, path TEXT NOT NULL) STRICT;
        CREATE INDEX request_logs_time ON request_logs (timestamp, route_id);`,
    },
  ],
})
