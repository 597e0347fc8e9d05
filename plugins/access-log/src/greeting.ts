import type { HeaderEdit } from '@drawbridge/plugin-kit'
import type { AccessLogOptions } from './options.ts'

/** The header edits that put the greeting into an answer. */
export function greetingEdits({ greeting }: AccessLogOptions): HeaderEdit[] {
  return [{ operation: 'set', name: 'X-Greeting', value: greeting }]
}
