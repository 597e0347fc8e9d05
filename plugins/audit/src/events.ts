import type { EventDefinition } from '@drawbridge/plugin-kit'
import { Type } from 'typebox'

/** What the audit log announces. */
export const EVENTS: readonly EventDefinition[] = [
  {
    name: 'audit_checkpoint',
    summary: 'The end of the audit log was signed: keep it somewhere else, and nobody can change what was before.',
    facts: Type.Object({
      sequence: Type.Integer({ description: 'The last entry.' }),
      time_ms: Type.Integer({ description: 'Milliseconds since 1970.' }),
      hash: Type.String({ description: 'Its hash, SHA-256 in hex.' }),
      key_id: Type.String({ description: 'Which key signed.' }),
      signature: Type.String({
        description: 'Ed25519 over the JSON array ["checkpoint", sequence, time_ms, hash], base64.',
      }),
    }),
  },
  {
    name: 'audit_tampering_found',
    summary: 'An entry of the audit log was changed or is missing.',
    facts: Type.Object({
      sequence: Type.Integer({ description: 'The first bad entry.' }),
      reason: Type.String({ description: 'What is wrong with it.' }),
    }),
  },
]
