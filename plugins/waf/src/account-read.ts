import type { Caller, ServiceHost } from '@drawbridge/plugin-kit'
import { NotAccounted } from './errors.ts'

/** A look at what was found, which is about people. */
export interface Read {
  readonly caller: Caller
  /** Of the request to the admin API. */
  readonly apiRequestId: string
  readonly filters: Readonly<Record<string, unknown>>
}

/** Enters reads in the audit log; rejects with `NotAccounted` where that cannot be written. */
export type AccountRead = (read: Read) => Promise<void>

/** Filters that single out a person or a request: each such search is entered. */
const AIMED = ['client', 'request_id', 'path_prefix']
/** Browsing is entered once in this time for each caller, so that a list that refreshes itself does not bury the audit log. */
const ENTERED_FOR_MS = 3_600_000
const MAX_REMEMBERED = 500

/** Makes it. */
export function createAccountRead({ audit, clock, redactor }: ServiceHost): AccountRead {
  const enteredAt = new Map<string, number>()
  return async ({ caller, apiRequestId, filters: { limit: _limit, cursor: _cursor, ...filters } }) => {
    const { kind, name, source, address } = caller
    const isAimed = AIMED.some((filter) => filter in filters)
    const key = `${source} ${kind} ${name} ${isAimed ? JSON.stringify(filters) : ''}`
    const last = enteredAt.get(key)
    if (!isAimed && last !== undefined && clock.now() - last < ENTERED_FOR_MS) return
    const words = Object.entries(filters).map(([filter, value]) => `${filter} ${redactor.text(String(value))}`)
    const notes = words.length === 0 ? 'looked at the latest WAF events' : `searched WAF events by ${words.join(', ')}`
    const facts = { action: 'personal_data_read', resourceType: 'waf_blocks', notes, requestId: apiRequestId }
    try {
      await audit.append({ actor: { kind, name }, source, address, ...facts })
    } catch (error) {
      throw Object.assign(new NotAccounted(), { cause: error })
    }
    if (enteredAt.size >= MAX_REMEMBERED) enteredAt.clear()
    enteredAt.set(key, clock.now())
  }
}
