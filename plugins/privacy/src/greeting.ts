import type { HeaderEdit } from '@drawbridge/plugin-kit'
import type { PrivacyOptions } from './options.ts'

/** The header edits that put the greeting into an answer. */
export function greetingEdits({ greeting }: PrivacyOptions): HeaderEdit[] {
  return [{ operation: 'set', name: 'X-Greeting', value: greeting }]
}
