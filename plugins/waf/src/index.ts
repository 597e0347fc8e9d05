import { plugin } from './waf-plugin.ts'

export { inspectRequest } from './inspect-request.ts'
export { WafOptions } from './options.ts'
export { PRESETS } from './presets.ts'
export { PART_KINDS, type PartKind, type RequestParts } from './request-parts.ts'
export { RULE_GROUPS, type Rule, type RuleGroup } from './rule.ts'
export { RULES } from './rules/all-rules.ts'
export {
  compileRuleset,
  type Exclusion,
  type Ruleset,
  type RulesetOptions,
  SENSITIVITIES,
  type Sensitivity,
} from './ruleset.ts'
export { ValueInspector } from './value-inspector.ts'
export type { Match, Verdict } from './verdict.ts'
export { plugin }
export default plugin.route
