import type { Caller, ServiceHost } from '@drawbridge/plugin-kit'
import { LRUCache } from 'lru-cache'
import { NotAccounted } from './errors.ts'

/** A look into the request log. */
export interface Read {
  readonly caller: Caller
  /** Of the request to the admin API. */
  readonly apiRequestId: string
  readonly resourceType: 'request_logs' | 'error_logs'
  readonly filters: Readonly<Record<string, unknown>>
}

/** Enters reads of personal data in the audit log. */
export interface ReadAccount {
  /** Resolves when the read may happen; rejects with `NotAccounted` where it cannot be entered. */
  account(read: Read): Promise<void>
}

/** Filters that single out a person or a request: each such search is entered. */
const AIMED = ['client', 'request_id', 'path_contains', 'path_prefix']
/** Browsing is entered once in this time for each caller, so that a list that refreshes itself does not bury the audit log. */
const ENTERED_FOR_MS = 3_600_000
const MAX_REMEMBERED = 1000
const REQUEST_ID = /^[\w.-]{8,128}$/

/** Makes it. Further pages of a search are part of its first one. */
export function createReadAccount({ audit, clock, redactor }: ServiceHost): ReadAccount {
  const enteredAt = new LRUCache<string, number>({ max: MAX_REMEMBERED })
  return {
    async account({ caller, apiRequestId, resourceType, filters: { limit: _limit, cursor, ...filters } }) {
      const { kind, name, source, address } = caller
      const isAimed = AIMED.some((filter) => filter in filters)
      const subject = isAimed ? JSON.stringify(filters) : ''
      const key = JSON.stringify([resourceType, source, kind, name, subject])
      const isEntered = clock.now() - (enteredAt.get(key) ?? Number.NEGATIVE_INFINITY) < ENTERED_FOR_MS
      if (isEntered && (!isAimed || cursor !== undefined)) return
      const notes = describe(filters, (text) => redactor.text(text))
      const facts = { action: 'personal_data_read', resourceType, notes, requestId: apiRequestId }
      try {
        await audit.append({ actor: { kind, name }, source, address, ...facts })
      } catch (error) {
        throw Object.assign(new NotAccounted(), { cause: error })
      }
      enteredAt.set(key, clock.now())
    },
  }
}

function describe(filters: Readonly<Record<string, unknown>>, redact: (text: string) => string): string {
  const words = Object.entries(filters).map(([name, value]) => {
    const text = String(value)
    // A redactor would take an id for a token.
    return `${name} ${name === 'request_id' && REQUEST_ID.test(text) ? text : redact(text)}`
  })
  return words.length === 0 ? 'looked at the latest requests' : `searched by ${words.join(', ')}`
}
