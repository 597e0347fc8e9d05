import type { HeaderEdit } from '@drawbridge/plugin-kit'
import type { RetentionOptions } from './options.ts'

/** The header edits that put the greeting into an answer. */
export function greetingEdits({ greeting }: RetentionOptions): HeaderEdit[] {
  return [{ operation: 'set', name: 'X-Greeting', value: greeting }]
}
