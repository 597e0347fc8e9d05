import type { HeaderEdit } from '@drawbridge/plugin-kit'
import type { LimitsOptions } from './options.ts'

/** The header edits that put the greeting into an answer. */
export function greetingEdits({ greeting }: LimitsOptions): HeaderEdit[] {
  return [{ operation: 'set', name: 'X-Greeting', value: greeting }]
}
