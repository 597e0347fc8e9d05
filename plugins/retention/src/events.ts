import type { EventDefinition } from '@drawbridge/plugin-kit'
import { Type } from 'typebox'

/** What retention announces. */
export const EVENTS: readonly EventDefinition[] = [
  {
    name: 'retention_completed',
    summary: 'A run that deletes old records is over.',
    facts: Type.Object({
      run: Type.Integer({ description: 'The number of the run.' }),
      outcome: Type.String({ description: '`done`, `incomplete` or `interrupted`.' }),
      deleted: Type.Integer({ description: 'Records deleted.' }),
      failures: Type.Integer({ description: 'Parts that failed.' }),
    }),
  },
]
