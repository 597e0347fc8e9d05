import type { ServiceHost } from '@drawbridge/plugin-kit'
import { eraseRows, type RowErasure } from './erase-rows.ts'
import { findPlaces } from './places.ts'
import type { PlaceReceipt } from './receipt.ts'

/** What was done everywhere. */
export interface Outcome {
  readonly places: readonly PlaceReceipt[]
  /** Records erased, or in a dry run that would be. */
  readonly count: number
  /** Erased rows that a re-application could not find again. */
  readonly forgotten: number
}

/** Erases, or in a dry run counts, what all tables and file stores have of a subject. */
export async function eraseEverywhere(host: ServiceHost, erasure: Omit<RowErasure, 'storage'>): Promise<Outcome> {
  const { tables, stores } = findPlaces(host)
  const { subject, isDryRun } = erasure
  const places: PlaceReceipt[] = []
  let forgotten = 0
  for (const { plugin, table } of tables) {
    const { forgotten: lost, ...outcome } = await eraseRows(table, { ...erasure, storage: host.storage })
    places.push({ kind: 'table', name: table.name, plugin: plugin.name, ...outcome })
    forgotten += lost
  }
  for (const { plugin, store } of stores) {
    const count = isDryRun
      ? (await store.find(subject.subject, Number.MAX_SAFE_INTEGER)).length
      : await store.erase(subject.subject)
    places.push({ kind: 'files', name: store.name, plugin: plugin.name, action: 'deleted', count })
  }
  const count = places.reduce((sum, place) => sum + (place.action === 'kept' ? 0 : place.count), 0)
  return { places, count, forgotten }
}
