import { noPseudonyms, type Pseudonyms, type Redactor, resolveOptions } from '@drawbridge/plugin-kit'
import { createRedactor, LogPrivacyOptions } from '@drawbridge/plugin-log-privacy'

/** Pseudonyms that can be read. */
export const readablePseudonyms: Pseudonyms = { ...noPseudonyms, of: (address) => `<${address}>` }

/** A redactor with options as a route would write them. */
export function makeRedactor(raw: object = {}, pseudonyms: Pseudonyms = readablePseudonyms): Redactor {
  return createRedactor(makeOptions(raw), pseudonyms)
}

/** Options with their defaults. Throws for those that the schema refuses. */
export function makeOptions(raw: object): LogPrivacyOptions {
  const resolution = resolveOptions(LogPrivacyOptions, raw)
  if ('value' in resolution) return resolution.value
  throw new Error(JSON.stringify(resolution.problems))
}
