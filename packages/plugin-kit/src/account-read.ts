import type { Caller } from './admin-api.ts'
import type { ServiceHost } from './host.ts'

/** A look at stored personal data through the admin API. */
export interface Read {
  readonly caller: Caller
  /** Of the request to the admin API. */
  readonly id: string
  /** The query; `limit` and `cursor` say which page, all else is a filter. */
  readonly query: Readonly<Record<string, unknown>>
}

/** Enters a read in the audit log. Resolves when it may happen; rejects with the plugin's own error where it cannot be entered. */
export type AccountRead = (read: Read) => Promise<void>

/** What is read, and how. */
export interface ReadKind {
  /** As the audit log calls it: `request_logs`. */
  readonly resourceType: string
  /** Filters that single out a person or a request. */
  readonly aimedBy: readonly string[]
  /** Thrown where the audit log cannot be written. */
  readonly NotAccounted: new () => Error
}

const ENTERED_FOR_MS = 3_600_000
const MAX_REMEMBERED = 1000
const REQUEST_ID = /^[\w.-]{8,128}$/

/**
 * Makes it. A search that singles somebody out is entered each time, its further pages are not; all other looking once an hour for each
 * caller, so that a list that refreshes itself does not bury the audit log.
 */
export function createAccountRead({ audit, clock, redactor }: ServiceHost, kind: ReadKind): AccountRead {
  const { resourceType, aimedBy, NotAccounted } = kind
  const enteredAt = new Map<string, number>()

  function remember(key: string): void {
    enteredAt.delete(key)
    const [oldest] = enteredAt.keys()
    if (oldest !== undefined && enteredAt.size >= MAX_REMEMBERED) enteredAt.delete(oldest)
    enteredAt.set(key, clock.now())
  }

  return async ({ caller, id, query: { limit: _limit, cursor, ...filters } }) => {
    const isAimed = aimedBy.some((filter) => filters[filter] !== undefined)
    const key = JSON.stringify([caller.source, caller.kind, caller.name, isAimed ? filters : null])
    const isEntered = clock.now() - (enteredAt.get(key) ?? Number.NEGATIVE_INFINITY) < ENTERED_FOR_MS
    if (isEntered && (!isAimed || cursor !== undefined)) return
    const actor = { kind: caller.kind, name: caller.name }
    const notes = describe(filters, (text) => redactor.text(text))
    const facts = { action: 'personal_data_read', resourceType, notes, requestId: id }
    try {
      await audit.append({ actor, source: caller.source, address: caller.address, ...facts })
    } catch (error) {
      throw Object.assign(new NotAccounted(), { cause: error })
    }
    remember(key)
  }
}

function describe(filters: Readonly<Record<string, unknown>>, redact: (text: string) => string): string {
  const words = Object.entries(filters).map(([name, value]) => {
    const text = String(value)
    // A redactor would take an id for a token.
    return `${name} ${name === 'request_id' && REQUEST_ID.test(text) ? text : redact(text)}`
  })
  return words.length === 0 ? 'looked at the latest' : `searched by ${words.join(', ')}`
}
