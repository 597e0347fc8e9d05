import type { Problem } from '@drawbridge/plugin-kit'
import { checkCors } from './check-cors.ts'
import { checkEntries } from './check-entries.ts'
import type { HeadersOptions } from './options.ts'
import { findWarnings } from './warnings.ts'

/** Rules that the schema cannot say, and warnings. */
export function checkOptions(options: HeadersOptions): readonly Problem[] {
  return [...checkEntries(options), ...checkCors(options), ...findWarnings(options)]
}
