import type { EventDefinition, Migration, TableDefinition } from '@drawbridge/plugin-kit'
import { Type } from 'typebox'

/** What the plugin stores: countries of logins, nothing about people. */
export const TABLES: readonly TableDefinition[] = [
  {
    name: 'geoip_login_countries',
    holds: {
      en: 'one row per route and country from which somebody has logged in, with the first and the last time',
      de: 'eine Zeile je Route und Land, aus dem sich jemand angemeldet hat, mit erstem und letztem Zeitpunkt',
    },
    retention: { class: 'security_logs', timeColumn: 'last_seen', routeColumn: 'route_id' },
    personalData: [],
  },
]

/** Its schema. Times are seconds since 1970. */
export const MIGRATIONS: readonly Migration[] = [
  {
    id: '0001-login-countries',
    sql: `
      CREATE TABLE geoip_login_countries (
        route_id INTEGER NOT NULL,
        country TEXT NOT NULL,
        first_seen INTEGER NOT NULL,
        last_seen INTEGER NOT NULL
      ) STRICT;
      CREATE UNIQUE INDEX geoip_login_countries_country ON geoip_login_countries (route_id, country);
      CREATE INDEX geoip_login_countries_time ON geoip_login_countries (last_seen);
    `,
  },
]

/** What the plugin announces. */
export const EVENTS: readonly EventDefinition[] = [
  {
    name: 'unusual_country',
    summary: 'Somebody logged in from a country from which nobody had logged in on this route before.',
    facts: Type.Object({
      route: Type.String({ description: 'The first host name of the route.' }),
      country: Type.String({ description: 'Two-letter code of the new country.' }),
      known_countries: Type.Array(Type.String(), { description: 'Those from which somebody had logged in before.' }),
    }),
  },
]
