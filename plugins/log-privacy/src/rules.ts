import { RE2JS } from 're2js'
import type { LogPrivacyOptions } from './options.ts'

/**
 * Each match may take a pass over the rest of the text in the worst case (`a.*b|a`). So many characters may be read in all, which keeps the
 * time linear; the shorter a text, the more matches it may have.
 */
const MAX_READ = 2_097_152
const GROUP = /\$([1-9])/g

/** A pattern and what stands in place of its matches. */
export type Rule = LogPrivacyOptions['redact_patterns'][number]

/** Applies rules to a text, in order. */
export type ApplyRules = (text: string) => string

/**
 * Compiles rules. Throws RE2JS's error for a pattern that is none. A text with too many matches of one rule (64 KiB: 32, 8 KiB: 256) is
 * cut behind the last of them, where the replacement stands for the rest.
 */
export function compileRules(rules: readonly Rule[], { ignoresCase }: { ignoresCase: boolean }): ApplyRules {
  if (rules.length === 0) return (text) => text
  const flags = ignoresCase ? RE2JS.CASE_INSENSITIVE : 0
  const compiled = rules.map(({ pattern, replacement }) => ({
    pattern: RE2JS.compile(pattern, flags),
    replacement,
    hasGroups: replacement.search(GROUP) !== -1,
  }))
  return (text) => compiled.reduce(applyRule, text)
}

/** The highest group that a replacement names; 0 for none. */
export function highestGroup(replacement: string): number {
  return Math.max(0, ...[...replacement.matchAll(GROUP)].map(([, digit]) => Number(digit)))
}

interface CompiledRule {
  readonly pattern: RE2JS
  readonly replacement: string
  readonly hasGroups: boolean
}

function applyRule(text: string, { pattern, replacement, hasGroups }: CompiledRule): string {
  if (!pattern.test(text)) return text
  const matcher = pattern.matcher(text)
  let done = ''
  let copied = 0
  const maxMatches = Math.ceil(MAX_READ / text.length)
  for (let matches = 0; matcher.find(); matches += 1) {
    if (matches === maxMatches) return done + replacement
    const shown = hasGroups
      ? replacement.replace(GROUP, (_whole, digit) => matcher.group(Number(digit)) ?? '')
      : replacement
    done += text.slice(copied, matcher.start()) + shown
    copied = matcher.end()
  }
  return done + text.slice(copied)
}
