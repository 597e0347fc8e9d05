import type { Rule } from '../rule.ts'
import { CODE } from './code-rules.ts'
import { COMMAND } from './command-rules.ts'
import { PATH } from './path-rules.ts'
import { ADDRESS, HEADER, PROTOCOL, QUERY } from './request-rules.ts'
import { SQL } from './sql-rules.ts'
import { TEMPLATE } from './template-rules.ts'
import { XSS } from './xss-rules.ts'

/** Every rule, for lists and look-ups. */
export const RULES: readonly Rule[] = [
  SQL,
  XSS,
  PATH,
  COMMAND,
  TEMPLATE,
  CODE,
  ADDRESS,
  QUERY,
  PROTOCOL,
  HEADER,
].flatMap((rules) => Object.values<Rule>(rules))
