import type { ServiceHost, StatementWrite } from '@drawbridge/plugin-kit'
import { type Draft, draftEntry } from './draft.ts'
import { type Removed, toRanges } from './removed.ts'

/** What is to be removed, and why. */
export interface Removal {
  readonly kind: 'erasure' | 'purge'
  /** Ascending; with their persons. */
  readonly payloads: readonly number[]
  /** Ascending; only who did it. */
  readonly persons: readonly number[]
}

const ACTIONS = { erasure: 'audit_erased', purge: 'audit_purged' } as const

/** The entry that tells of a removal, and the statements that do it: triggers refuse them without the entry. */
export function draftRemoval(
  { kind, payloads, persons }: Removal,
  host: Pick<ServiceHost, 'clock' | 'redactor' | 'installation'>,
): { readonly draft: Draft; readonly changes: readonly StatementWrite[] } {
  const removed: Removed = { payloads: toRanges(payloads), persons: toRanges(persons) }
  const draft = draftEntry(
    {
      actor: { kind: 'system', name: 'audit' },
      source: 'system',
      action: ACTIONS[kind],
      resourceType: 'audit_log',
      after: { contents: payloads.length, persons: persons.length },
    },
    host,
  )
  const deleteFrom = (table: string, sequences: readonly number[]): StatementWrite => ({
    sql: `DELETE FROM ${table} WHERE sequence IN (SELECT value FROM json_each(?))`,
    params: [JSON.stringify(sequences)],
  })
  return {
    draft: { ...draft, kind, removed: JSON.stringify(removed) },
    changes: [deleteFrom('audit_payloads', payloads), deleteFrom('audit_persons', [...payloads, ...persons])],
  }
}
