import type { Problem } from '@drawbridge/plugin-kit'
import { RE2JS, RE2JSException } from 're2js'
import type { LogPrivacyOptions } from './options.ts'
import { highestGroup, type Rule } from './rules.ts'

/** Patterns that are none, and warnings where more personal data is kept than is usual. */
export function checkOptions(options: LogPrivacyOptions): readonly Problem[] {
  return [
    ...options.redact_paths.flatMap((rule, index) => checkRule(rule, ['redact_paths', index])),
    ...options.redact_patterns.flatMap((rule, index) => checkRule(rule, ['redact_patterns', index])),
    ...checkHash(options),
    ...findWarnings(options),
  ]
}

function checkRule({ pattern, replacement }: Rule, path: readonly (string | number)[]): Problem[] {
  const compiled = compile(pattern)
  if (typeof compiled === 'string') {
    return [
      {
        severity: 'error',
        code: 'bad-pattern',
        path: [...path, 'pattern'],
        message: `"${pattern}" is no regular expression: ${compiled}`,
        hint: 'the syntax is that of RE2: no look-around, no back-references; put a backslash before a character that means itself',
      },
    ]
  }
  if (compiled.test(''))
    return [error([...path, 'pattern'], 'bad-pattern', `"${pattern}" also matches where nothing is`)]
  if (highestGroup(replacement) <= compiled.groupCount()) return []
  const message = `"${replacement}" names group $${highestGroup(replacement)}, and the pattern has ${compiled.groupCount()}`
  return [error([...path, 'replacement'], 'bad-value', message)]
}

/** The reason where it is none. */
function compile(pattern: string): RE2JS | string {
  try {
    return RE2JS.compile(pattern)
  } catch (reason) {
    if (reason instanceof RE2JSException) return reason.message.replace(/^error parsing regexp: /, '')
    throw reason
  }
}

function error(path: Problem['path'], code: string, message: string): Problem {
  return { severity: 'error', code, path, message }
}

function checkHash({ mask_pii, mask_ip_method, pseudonyms }: LogPrivacyOptions): Problem[] {
  if (!mask_pii || mask_ip_method !== 'hash' || pseudonyms) return []
  return [error(['mask_ip_method'], 'contradiction', '"hash" shows pseudonyms, and "pseudonyms" is false')]
}

function findWarnings({ mask_pii, mask_ip_method, pseudonyms, safe_defaults }: LogPrivacyOptions): Problem[] {
  const warnings: Problem[] = []
  const warn = (key: string, code: string, message: string) =>
    warnings.push({ severity: 'warning', code, path: [key], message })
  if (!mask_pii)
    warn(
      'mask_pii',
      'unmasked',
      'IP and e-mail addresses are stored in full: personal data for which you need a legal basis (Art. 6 GDPR), a short retention and a line in your privacy notice',
    )
  else if (mask_ip_method === 'full')
    warn(
      'mask_ip_method',
      'unmasked',
      'IP addresses are stored in full: personal data for which you need a legal basis (Art. 6 GDPR), a short retention and a line in your privacy notice',
    )
  if (mask_pii && mask_ip_method !== 'full' && !pseudonyms)
    warn(
      'pseudonyms',
      'no-pseudonyms',
      "one person's rows cannot be told from those of their neighbours: access and erasure (Art. 15 and 17 GDPR) find them by masked network only",
    )
  if (!safe_defaults)
    warn(
      'safe_defaults',
      'no-safe-defaults',
      'only what the lists name is redacted: credentials of clients may be stored',
    )
  return warnings
}
