import type { EventDefinition, Migration, TableDefinition } from '@drawbridge/plugin-kit'
import { Type } from 'typebox'

const LEGITIMATE_INTEREST = 'Art. 6(1)(f) GDPR'

/** What the plugin stores: the one table with whole addresses. */
export const TABLES: readonly TableDefinition[] = [
  {
    name: 'bans',
    holds: {
      en: 'one row per banned address or network and route, also for a time after its ban is over',
      de: 'eine Zeile je gesperrter Adresse oder gesperrtem Netz und Route, auch eine Zeit lang nach Ende der Sperre',
    },
    retention: {
      class: 'security_logs',
      timeColumn: 'expires_at',
      routeColumn: 'route_id',
      condition: 'expires_at IS NOT NULL',
    },
    personalData: [
      {
        column: 'address',
        category: 'address',
        purpose: {
          en: 'To keep attackers out, also after a restart; a ban works only with the whole address.',
          de: 'Um Angreifer fernzuhalten, auch nach einem Neustart; eine Sperre wirkt nur mit der ganzen Adresse.',
        },
        legalBasis: LEGITIMATE_INTEREST,
        findBy: 'address',
      },
      {
        column: 'banned_by',
        category: 'user',
        purpose: {
          en: 'To be able to tell who banned somebody.',
          de: 'Um sagen zu können, wer jemanden gesperrt hat.',
        },
        legalBasis: LEGITIMATE_INTEREST,
        findBy: 'text',
      },
      {
        column: 'reason',
        category: 'free-text',
        purpose: {
          en: 'To be able to tell why somebody was banned.',
          de: 'Um sagen zu können, warum jemand gesperrt wurde.',
        },
        legalBasis: LEGITIMATE_INTEREST,
        findBy: 'text',
      },
    ],
  },
]

/** Its schema. Times are seconds since 1970; `expires_at` is NULL for ever. */
export const MIGRATIONS: readonly Migration[] = [
  {
    id: '0001-bans',
    sql: `
      CREATE TABLE bans (
        ban_id INTEGER PRIMARY KEY,
        address TEXT NOT NULL,
        route TEXT NOT NULL,
        route_id INTEGER NOT NULL DEFAULT 0,
        created_at INTEGER NOT NULL,
        expires_at INTEGER,
        banned_by TEXT NOT NULL,
        rule TEXT NOT NULL,
        reason TEXT NOT NULL,
        request_ids TEXT NOT NULL,
        ban_count INTEGER NOT NULL
      ) STRICT;
      CREATE UNIQUE INDEX bans_address ON bans (address, route);
      CREATE INDEX bans_expires_at ON bans (expires_at);
    `,
  },
]

const ban = Type.Object({
  ban_id: Type.Integer({ description: 'Number of the ban.' }),
  client: Type.String({ description: 'The masked address or network.' }),
  route: Type.String({ description: 'The first host name of the route; empty for all.' }),
  rule: Type.String({ description: 'What led to it.' }),
  expires_at: Type.Union([Type.Integer(), Type.Null()], { description: 'Seconds since 1970; null for ever.' }),
  is_alert: Type.Boolean({ description: 'Whether the rule says `alert_webhook: true`.' }),
})

/** What the plugin announces. */
export const EVENTS: readonly EventDefinition[] = [
  { name: 'ip_banned', summary: 'An address or network was banned.', facts: ban },
  { name: 'ip_unbanned', summary: 'A ban was lifted before its time.', facts: ban },
]
