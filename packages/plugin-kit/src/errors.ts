/** Facts that an error page may show: sizes, names of limits. Never an address, never a backend. */
export type PublicDetails = Readonly<Record<string, string | number>>

/** An error whose page may show more than its status. */
export interface DetailedError extends Error {
  readonly details?: PublicDetails
  readonly code?: string
  readonly statusCode?: number
}

/** Attaches what the client may see to an error, for error pages. */
export function withDetails<E extends Error>(error: E, details: PublicDetails): E & DetailedError {
  return Object.assign(error, { details })
}
