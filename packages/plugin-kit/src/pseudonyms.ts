/**
 * Keyed pseudonyms of client addresses. The key changes every day (UTC) and is forgotten with the rows that carry its pseudonyms: within a
 * day one person's rows can be found although their address is masked, afterwards nobody can link them. IPv4 in full, IPv6 by /64.
 */
export interface Pseudonyms {
  /** Today's pseudonym: 16 characters of base64url. */
  of(address: string): string
  /** The pseudonyms of an address for every day whose key still exists. */
  allOf(address: string): readonly string[]
  /** The days whose key still exists, each by its beginning in seconds since 1970, oldest first: of earlier ones nobody's rows can be found. */
  days(): readonly number[]
  /** Forgets the keys of days that ended before `before`, seconds since 1970. Resolves with how many. */
  forget(before: number): Promise<number>
}

/** Pseudonyms of a host that has no keys: none. */
export const noPseudonyms: Pseudonyms = Object.freeze({
  of: () => '',
  allOf: () => [],
  days: () => [],
  forget: () => Promise.resolve(0),
})
