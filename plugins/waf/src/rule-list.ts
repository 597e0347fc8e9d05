import type { ServiceHost } from '@drawbridge/plugin-kit'
import { Type } from 'typebox'
import type { WafOptions } from './options.ts'
import { RULES } from './rules/all-rules.ts'

const closed = { additionalProperties: false }
const DAY_SECONDS = 86_400

const RuleEntry = Type.Object(
  {
    id: Type.String({ description: 'Its name, for exclusions.' }),
    group: Type.String({ description: 'Its group: a switch under `waf.rules`.' }),
    score: Type.Integer({ description: 'Points of one hit; 5 are an attack by default.' }),
    why: Type.String({ description: 'What an attacker would gain.' }),
    example: Type.String({ description: 'What it finds; of a custom rule its pattern.' }),
    counter_example: Type.String({ description: 'What it does not find although it looks alike.' }),
    hits_24h: Type.Union([Type.Integer(), Type.Null()], {
      description: 'Requests of the last 24 hours in which it weighed most; null while that cannot be read.',
    }),
    last_hit: Type.Union([Type.Integer(), Type.Null()], { description: 'Seconds since 1970; null for none stored.' }),
  },
  closed,
)

/** Answer of `GET /api/waf/rules`. */
export const RulesAnswer = Type.Object({ rules: Type.Array(RuleEntry, { description: 'All rules.' }) }, closed)

/** Every rule, those of all routes' configurations among them, with how often it fired. */
export async function listRules(host: ServiceHost): Promise<object> {
  const since = Math.floor(host.clock.wallNow() / 1000) - DAY_SECONDS
  const hits = await readHits(host, since)
  const own = customRules(host).map(({ id, pattern }) => ({
    id,
    group: 'custom',
    score: 10,
    why: 'A rule of this gateway’s operator.',
    example: pattern,
    counterExample: '',
  }))
  return {
    rules: [...RULES, ...own].map(({ id, group, score, why, example, counterExample }) => ({
      id,
      group,
      score,
      why,
      example,
      counter_example: counterExample,
      hits_24h: hits === undefined ? null : (hits.get(id)?.recent ?? 0),
      last_hit: hits?.get(id)?.last ?? null,
    })),
  }
}

/** By rule; undefined while the storage does not answer: the list is of use without. */
async function readHits({ storage, log }: ServiceHost, since: number) {
  try {
    const rows = await storage.all(
      `SELECT rule_triggered AS rule, sum(CASE WHEN timestamp >= ? THEN count ELSE 0 END) AS recent, max(timestamp) AS last
        FROM waf_blocks GROUP BY rule_triggered`,
      [since],
    )
    return new Map(rows.map(({ rule, recent, last }) => [rule, { recent: Number(recent), last: Number(last) }]))
  } catch (error) {
    log.warn({ err: error }, 'how often the WAF’s rules fired cannot be read')
    return undefined
  }
}

/** One of each name: routes may share them. */
function customRules({ installation }: ServiceHost): WafOptions['custom_rules'] {
  const all = installation
    .routes()
    .flatMap(({ options }) => (options.waf as WafOptions | undefined)?.custom_rules ?? [])
  return [...new Map(all.map((rule) => [rule.id, rule])).values()]
}
