import { checkBanDuration, type Problem } from '@drawbridge/plugin-kit'
import { RE2JS, RE2JSException } from 're2js'
import type { WafOptions } from './options.ts'
import { modeOf } from './route-policy.ts'
import { RULE_GROUPS } from './rule.ts'
import { RULES } from './rules/all-rules.ts'

/** Custom rules that are none or have the name of another, and exclusions of rules that do not exist. */
export function checkWaf({ custom_rules, exclusions, ban_after, ...options }: WafOptions): readonly Problem[] {
  const names = new Set<string>([...RULE_GROUPS, ...RULES.map(({ id }) => id)])
  const problems: Problem[] = []
  const error = (path: Problem['path'], code: string, message: string, hint?: string) =>
    problems.push({ severity: 'error', code, path, message, ...(hint === undefined ? {} : { hint }) })
  for (const [index, { id, pattern }] of custom_rules.entries()) {
    const path = ['custom_rules', index]
    if (names.has(id)) error([...path, 'id'], 'duplicate', `there is another rule or group called "${id}"`)
    names.add(id)
    const reason = whyNoPattern(pattern)
    if (reason !== undefined) error([...path, 'pattern'], 'bad-pattern', `"${pattern}" ${reason}`, SYNTAX)
  }
  for (const [index, { rule }] of exclusions.entries()) {
    if (rule !== undefined && !names.has(rule))
      error(
        ['exclusions', index, 'rule'],
        'bad-value',
        `there is no rule or group "${rule}"`,
        'see `drawbridge waf rules`',
      )
  }
  if (ban_after !== undefined && modeOf(options) === 'log')
    problems.push({
      severity: 'warning',
      code: 'no-effect',
      path: ['ban_after'],
      message: 'nobody is banned in log mode: write "mode: block"',
    })
  return [...problems, ...checkBanDuration(options.ban_duration, [])]
}

const SYNTAX =
  'the syntax is that of RE2: no look-around, no back-references; put a backslash before a character that means itself'

function whyNoPattern(pattern: string): string | undefined {
  try {
    return RE2JS.compile(pattern).test('') ? 'also matches where nothing is' : undefined
  } catch (reason) {
    if (!(reason instanceof RE2JSException)) throw reason
    return `is no regular expression: ${reason.message.replace(/^error parsing regexp: /, '')}`
  }
}
