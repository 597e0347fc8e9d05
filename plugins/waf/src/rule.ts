/** The parts of the WAF that a route may switch off one by one (`waf.rules`). */
export const RULE_GROUPS = [
  'sql_injection',
  'xss',
  'path_traversal',
  'suspicious_headers',
  'command_injection',
  'code_injection',
  'template_injection',
  'server_side_request',
  'query_injection',
  'protocol',
  'custom',
] as const

/** One of {@link RULE_GROUPS}. */
export type RuleGroup = (typeof RULE_GROUPS)[number]

/** What one rule says about itself; every example is a test. */
export interface RuleFacts {
  /** How sure one hit makes us: 5 blocks by itself at the default sensitivity, 8 at every one. */
  readonly score: number
  /** What an attacker would gain, in one sentence. */
  readonly why: string
  /** A value that the rule finds. */
  readonly example: string
  /** A harmless value that looks similar and that the rule does not find. */
  readonly counterExample: string
}

/** One rule: a stable name for exclusions and logs, and what it says about itself. */
export interface Rule extends RuleFacts {
  /** Stable name, e.g. `sqli-union-select`. */
  readonly id: string
  /** The switch that turns it off together with its like. */
  readonly group: RuleGroup
}

/** Gives the rules of one group their ids: `unionSelect` with the prefix `sqli` becomes `sqli-union-select`. */
export function defineRules<Names extends string>(
  group: RuleGroup,
  prefix: string,
  facts: Readonly<Record<Names, RuleFacts>>,
): Readonly<Record<Names, Rule>> {
  const rules = Object.entries<RuleFacts>(facts).map(([name, entry]) => [
    name,
    Object.freeze({
      ...entry,
      group,
      id: `${prefix}-${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    }),
  ])
  return Object.freeze(Object.fromEntries(rules))
}
