import type { Caller, ServiceHost } from '@drawbridge/plugin-kit'
import { BansNotAccounted } from './errors.ts'

/** Browsing is entered once in this time for each caller, so that a list that refreshes itself does not bury the audit log. */
const ENTERED_FOR_MS = 3_600_000
const MAX_REMEMBERED = 500

/** Enters a look at whole addresses in the audit log; rejects with `BansNotAccounted` where that cannot be written. */
export type AccountRead = (caller: Caller, requestId: string, sought: string | undefined) => Promise<void>

/** Makes it. A search for one address is entered each time. */
export function createAccountRead({ audit, clock, redactor }: ServiceHost): AccountRead {
  const enteredAt = new Map<string, number>()
  return async ({ kind, name, source, address }, requestId, sought) => {
    const key = `${source} ${kind} ${name}`
    const last = enteredAt.get(key)
    if (sought === undefined && last !== undefined && clock.now() - last < ENTERED_FOR_MS) return
    const notes = sought === undefined ? 'looked at the ban list' : `searched the ban list for ${redactor.text(sought)}`
    const facts = { action: 'personal_data_read', resourceType: 'bans', notes, requestId }
    try {
      await audit.append({ actor: { kind, name }, source, address, ...facts })
    } catch (error) {
      throw Object.assign(new BansNotAccounted(), { cause: error })
    }
    if (sought !== undefined) return
    if (enteredAt.size >= MAX_REMEMBERED) enteredAt.clear()
    enteredAt.set(key, clock.now())
  }
}
