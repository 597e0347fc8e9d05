import type { EventDefinition, Migration, PersonalData, TableDefinition } from '@drawbridge/plugin-kit'
import { Type } from 'typebox'

const LEGITIMATE_INTEREST = 'Art. 6(1)(f) GDPR'

/** What the plugin stores. */
export const TABLES: readonly TableDefinition[] = [
  {
    name: 'rate_limits',
    holds: {
      en: 'how many requests each client sent, in slices of time; deleted by itself once the limit they are counted for is over',
      de: 'wie viele Anfragen jeder Client sandte, in Zeitabschnitten; wird gelöscht, sobald die Grenze vorüber ist, für die gezählt wurde',
    },
    retention: { class: 'security_logs', timeColumn: 'window_start', routeColumn: 'route_id' },
    personalData: [
      {
        ...data('ip_address', 'pseudonym', 'pseudonym'),
        purpose: {
          en: 'To go on counting after a restart; it holds a pseudonym that changes every day, never the address.',
          de: 'Um nach einem Neustart weiterzuzählen; enthält ein täglich wechselndes Pseudonym, nie die Adresse.',
        },
      },
    ],
  },
  {
    name: 'rate_limit_violations',
    holds: {
      en: 'one row per request that was too many, or for several of one client',
      de: 'eine Zeile je Anfrage, die zu viel war, oder für mehrere eines Clients',
    },
    retention: { class: 'security_logs', timeColumn: 'timestamp', routeColumn: 'route_id' },
    requestIdColumn: 'request_id',
    personalData: [
      {
        ...data('ip_address', 'address', 'masked'),
        purpose: {
          en: 'To recognise attacks by the network they come from; the address is shortened before it is stored.',
          de: 'Um Angriffe am Netz zu erkennen, aus dem sie kommen; die Adresse wird vor dem Speichern gekürzt.',
        },
      },
      {
        ...data('pseudonym', 'pseudonym', 'pseudonym'),
        purpose: {
          en: 'To tell clients apart within a day, and to find their rows for access and erasure.',
          de: 'Um Clients innerhalb eines Tages auseinanderzuhalten und ihre Zeilen für Auskunft und Löschung zu finden.',
        },
      },
      {
        ...data('path', 'url', 'text'),
        purpose: {
          en: 'To find out what was asked for too often; secrets in it are replaced.',
          de: 'Um festzustellen, was zu oft angefragt wurde; Geheimnisse darin werden ersetzt.',
        },
      },
    ],
  },
]

/** Its schema, as the requirement has it and more; times are seconds since 1970. */
export const MIGRATIONS: readonly Migration[] = [
  {
    id: '0001-rate-limits',
    sql: `
      CREATE TABLE rate_limits (
        ip_address TEXT NOT NULL,
        route_id INTEGER NOT NULL,
        window_start INTEGER NOT NULL,
        rule TEXT NOT NULL,
        request_count INTEGER NOT NULL DEFAULT 0,
        banned_until INTEGER,
        ban_count INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (ip_address, route_id, window_start, rule)
      ) STRICT;
      CREATE INDEX idx_rate_limits_banned ON rate_limits(banned_until);
      CREATE INDEX rate_limits_time ON rate_limits(window_start);
      CREATE TABLE rate_limit_violations (
        violation_id INTEGER PRIMARY KEY,
        ip_address TEXT NOT NULL,
        route_id INTEGER NOT NULL,
        path TEXT NOT NULL,
        timestamp INTEGER NOT NULL,
        request_count INTEGER,
        action TEXT,
        time_ms INTEGER NOT NULL DEFAULT 0,
        request_id TEXT,
        pseudonym TEXT,
        host TEXT,
        rule TEXT,
        refused INTEGER NOT NULL DEFAULT 1
      ) STRICT;
      CREATE INDEX rate_limit_violations_time ON rate_limit_violations(timestamp);
      CREATE INDEX rate_limit_violations_pseudonym ON rate_limit_violations(pseudonym);
      CREATE INDEX rate_limit_violations_request_id ON rate_limit_violations(request_id);
    `,
  },
  {
    // When a row counts no more: each rule has a window of its own.
    id: '0002-rate-limits-expire',
    sql: `
      ALTER TABLE rate_limits ADD COLUMN expires_at INTEGER NOT NULL DEFAULT 0;
      CREATE INDEX rate_limits_expires_at ON rate_limits(expires_at);
    `,
  },
]

const route = Type.String({ description: 'The first host name of the route.' })
const country = Type.String({ description: 'Two-letter code of the country, or empty.' })
const rule = Type.String({ description: 'The rule: `per_ip`, `/auth/* per_ip`, `login POST /auth/login`.' })

/** What the plugin announces. */
export const EVENTS: readonly EventDefinition[] = [
  {
    name: 'rate_limit_exceeded',
    summary: 'A client sent more requests than a rule allows. Announced once a minute for each client and rule.',
    facts: Type.Object({ route, rule, country }),
  },
  {
    name: 'login_failed',
    summary: 'The backend refused a login.',
    facts: Type.Object({ route, rule, country }),
  },
  {
    name: 'login_succeeded',
    summary: 'The backend accepted a login.',
    facts: Type.Object({ route, rule, country }),
  },
]

function data(column: string, category: PersonalData['category'], findBy: PersonalData['findBy']) {
  return { column, category, findBy, legalBasis: LEGITIMATE_INTEREST }
}
