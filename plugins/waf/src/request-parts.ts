/** Where in a request a value stands. */
export const PART_KINDS = ['path', 'query', 'header', 'cookie', 'body'] as const

/** One of {@link PART_KINDS}. */
export type PartKind = (typeof PART_KINDS)[number]

/** What of a request is inspected, as it came over the wire. */
export interface RequestParts {
  /** The method. */
  readonly method: string
  /** The raw path, still percent-encoded, without the query. */
  readonly path: string
  /** The host asked for, in lower case, by which exclusions are chosen; those of a host do not count where absent. */
  readonly host?: string
  /** The normalised path in lower case, by which exclusions are chosen; the raw path where absent. */
  readonly policyPath?: string
  /** The raw query without `?`; '' for none. */
  readonly query: string
  /** Names and values in turn, as Node's `rawHeaders`; `Cookie` and `Content-Type` among them are understood. */
  readonly headers: readonly string[]
  /** The first bytes of the body, as many as are to be looked at. */
  readonly body?: Uint8Array
}
