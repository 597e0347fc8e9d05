import { checkAddressEntries, type Problem } from '@drawbridge/plugin-kit'
import type { BansOptions } from './options.ts'

/** Finds entries that cannot be read. */
export function checkBans({ exempt }: BansOptions): readonly Problem[] {
  return checkAddressEntries(exempt, ['exempt'])
}
