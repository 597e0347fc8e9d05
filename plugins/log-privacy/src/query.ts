import { decodeFully, encodeUnsafe } from './decode.ts'
import type { SecretKeys } from './secret-keys.ts'
import { REDACTED } from './tokens.ts'

const AMPERSAND = 38
const SEMICOLON = 59

/** What a query is redacted with. */
export interface QueryRules {
  readonly keys: SecretKeys
  /** Of values that belong to no secret key, decoded. */
  readonly redactValue: (value: string) => string
}

/** Replaces the values of secret keys, and what is secret by its look in the others. `&` and `;` separate, as for some backends. */
export function redactQuery(query: string, rules: QueryRules): string {
  let redacted = ''
  let start = 0
  for (let i = 0; i <= query.length; i += 1) {
    const code = i === query.length ? AMPERSAND : query.charCodeAt(i)
    if (code !== AMPERSAND && code !== SEMICOLON) continue
    redacted += redactParameter(query.slice(start, i), rules) + query.charAt(i)
    start = i + 1
  }
  return redacted
}

function redactParameter(parameter: string, { keys, redactValue }: QueryRules): string {
  const equals = parameter.indexOf('=')
  if (equals === -1) return redactEncoded(parameter, redactValue)
  const key = parameter.slice(0, equals)
  const value = parameter.slice(equals + 1)
  if (value !== '' && keys.isSecretParameter(decodeFully(key))) return `${redactEncoded(key, redactValue)}=${REDACTED}`
  return `${redactEncoded(key, redactValue)}=${redactEncoded(value, redactValue)}`
}

/** An encoded text as it was, unless there is something to take out of it: then decoded, as far as it can be in its place. */
export function redactEncoded(text: string, redact: (decoded: string) => string): string {
  if (text.length < 2) return text
  const decoded = decodeFully(text)
  const redacted = redact(decoded)
  return redacted === decoded ? text : encodeUnsafe(redacted)
}
