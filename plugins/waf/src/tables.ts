import type { EventDefinition, Migration, PersonalData, TableDefinition } from '@drawbridge/plugin-kit'
import { Type } from 'typebox'

const LEGITIMATE_INTEREST = 'Art. 6(1)(f) GDPR'

/** What the plugin stores. */
export const TABLES: readonly TableDefinition[] = [
  {
    name: 'waf_blocks',
    holds: {
      en: 'one row per request that looked like an attack, or for several alike',
      de: 'eine Zeile je Anfrage, die wie ein Angriff aussah, oder für mehrere gleiche',
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
          en: 'To tell the attacks of one client apart within a day, and to find them for access and erasure.',
          de: 'Um die Angriffe eines Clients innerhalb eines Tages auseinanderzuhalten und sie für Auskunft und Löschung zu finden.',
        },
      },
      {
        ...data('path', 'url', 'text'),
        purpose: {
          en: 'To find out what an attack was aimed at; secrets in it are replaced.',
          de: 'Um festzustellen, worauf ein Angriff zielte; Geheimnisse darin werden ersetzt.',
        },
      },
      {
        ...data('parameter', 'free-text', 'text'),
        purpose: {
          en: 'To find the field in which something was found, and to exclude it where that was wrong.',
          de: 'Um das Feld zu finden, in dem etwas gefunden wurde, und es auszunehmen, wo das falsch war.',
        },
      },
      ...['pattern_matched', 'request_snippet'].map((column) => ({
        ...data(column, 'free-text', 'text'),
        purpose: {
          en: 'To tell an attack from a false alarm; it is short, and secrets in it are replaced.',
          de: 'Um einen Angriff von einem Fehlalarm zu unterscheiden; der Text ist kurz, Geheimnisse darin werden ersetzt.',
        },
      })),
    ],
  },
]

/** Its schema, as the requirement has it and more; times are seconds since 1970. */
export const MIGRATIONS: readonly Migration[] = [
  {
    id: '0001-waf-blocks',
    sql: `
      CREATE TABLE waf_blocks (
        block_id INTEGER PRIMARY KEY,
        timestamp INTEGER NOT NULL,
        time_ms INTEGER NOT NULL DEFAULT 0,
        request_id TEXT,
        ip_address TEXT NOT NULL,
        pseudonym TEXT,
        route_id INTEGER,
        host TEXT,
        method TEXT,
        path TEXT NOT NULL,
        rule_triggered TEXT NOT NULL,
        rules TEXT,
        score INTEGER,
        part TEXT,
        parameter TEXT,
        pattern_matched TEXT,
        request_snippet TEXT,
        action TEXT,
        count INTEGER NOT NULL DEFAULT 1
      ) STRICT;
      CREATE INDEX idx_waf_timestamp ON waf_blocks(timestamp);
      CREATE INDEX idx_waf_ip ON waf_blocks(ip_address);
      CREATE INDEX waf_blocks_request_id ON waf_blocks(request_id);
    `,
  },
]

/** What the plugin announces. */
export const EVENTS: readonly EventDefinition[] = [
  {
    name: 'waf_blocked',
    summary:
      'A request was refused because it looked like an attack. Announced once a minute for each client, rule and place.',
    facts: Type.Object({
      route: Type.String({ description: 'The first host name of the route.' }),
      rule: Type.String({ description: 'The rule, or the bound that was passed.' }),
      part: Type.String({ description: 'The part of the request; empty where it is about the whole.' }),
    }),
  },
]

function data(column: string, category: PersonalData['category'], findBy: PersonalData['findBy']) {
  return { column, category, findBy, legalBasis: LEGITIMATE_INTEREST }
}
