import type { EventDefinition } from '@drawbridge/plugin-kit'
import { Type } from 'typebox'

const BREACH = {
  breach_id: Type.String({ description: 'Id of the breach file.' }),
  due_at: Type.Integer({ description: 'When the supervisory authority must have been notified, seconds since 1970.' }),
}

/** What this plugin announces. No title: it may name people. */
export const EVENTS: readonly EventDefinition[] = [
  { name: 'breach_opened', summary: 'A breach file was opened: 72 hours run.', facts: Type.Object(BREACH) },
  {
    name: 'breach_deadline_near',
    summary: 'The authority must be notified of a breach within 24, then within 6 hours.',
    facts: Type.Object({
      ...BREACH,
      hours_left: Type.Integer({ description: 'Hours that are left, rounded down.' }),
    }),
  },
  {
    name: 'breach_overdue',
    summary: 'The 72 hours are over, and no notification of the authority is noted.',
    facts: Type.Object(BREACH),
  },
]
