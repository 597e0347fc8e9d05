import { maskAddressesIn } from './address-text.ts'
import { maskEmailsIn } from './emails.ts'
import { redactKeyValues } from './key-values.ts'
import type { LogPrivacyOptions } from './options.ts'
import { redactPathTokens } from './path-tokens.ts'
import { redactQuery } from './query.ts'
import { compileRules } from './rules.ts'
import { createHeaderTest, type HeaderTest } from './secret-headers.ts'
import { createSecretKeys } from './secret-keys.ts'
import { redactTokens } from './tokens.ts'
import { redactRawPath, redactReferrer, redactUrlsIn } from './urls.ts'

type Redact = (text: string) => string

/** The redactions of a route that need only the text itself: each is linear in it and none throws. */
export interface TextRedactors {
  readonly text: Redact
  readonly userAgent: Redact
  readonly path: Redact
  readonly query: Redact
  readonly referrer: Redact
  readonly isSecretHeader: HeaderTest
}

/** Puts them together. `renderAddress` says how an address in text is shown. Throws for a pattern that is none. */
export function createTextRedactors(options: LogPrivacyOptions, renderAddress: Redact): TextRedactors {
  const hasDefaults = options.safe_defaults
  const keys = createSecretKeys({ listed: options.redact_query, hasDefaults })
  const isSecretHeader = createHeaderTest(options.strip_headers, keys, hasDefaults)
  const ownRules = compileRules(options.redact_patterns, { ignoresCase: false })
  const pathRules = compileRules(options.redact_paths, { ignoresCase: true })
  const pathTokens = hasDefaults ? redactPathTokens : unchanged
  const people = createPeopleMask(options, renderAddress)
  const names = { keys, isSecretHeader }
  const bySight = (text: string) => people.inText(redactKeyValues(redactTokens(text), names))
  const path = (text: string) => bySight(pathTokens(pathRules(ownRules(text))))
  // A URL in a query may have a query: that is taken as text, so that nothing recurs.
  const inner = { path, query: bySight, host: people.inText }
  const redactValue = (text: string) => bySight(redactUrlsIn(ownRules(text), inner))
  // `jane&#64;example.org` would fall apart at its separators.
  const whole = (text: string) => (text.includes('&#') ? people.inText(text) : text)
  const query = (text: string) => redactQuery(whole(ownRules(text)), { keys, redactValue })
  const urls = { path, query, host: people.inText }
  return {
    text: (text) => bySight(redactUrlsIn(ownRules(text), urls)),
    userAgent: (text) => people.inUserAgent(redactKeyValues(redactTokens(redactUrlsIn(ownRules(text), urls)), names)),
    // It is decoded already, but a backend may decode it again.
    path: (text) => (text.includes('%') ? redactRawPath(text, urls) : path(text)),
    query,
    referrer: (text) => redactReferrer(text, urls),
    isSecretHeader,
  }
}

/** Masks what names people: addresses of both kinds, as far as the options say. */
function createPeopleMask({ mask_pii, mask_ip_method }: LogPrivacyOptions, render: Redact) {
  if (!mask_pii) return { inText: unchanged, inUserAgent: unchanged }
  if (mask_ip_method === 'full') return { inText: maskEmailsIn, inUserAgent: maskEmailsIn }
  return {
    inText: (text: string) => maskAddressesIn(maskEmailsIn(text), { render, keepsVersions: false }),
    inUserAgent: (text: string) => maskAddressesIn(maskEmailsIn(text), { render, keepsVersions: true }),
  }
}

function unchanged(text: string): string {
  return text
}
