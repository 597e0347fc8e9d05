/** What banned somebody, and why: the answer to "why was I banned". */
export interface BanCause {
  /** Name of the plugin that asks for the ban. */
  readonly by: string
  /** The rule of that plugin: `/auth/* per_ip`, `login /auth/login`. */
  readonly rule: string
  /** Ids of the requests that led to it, newest last; at most ten are kept. */
  readonly requestIds: readonly string[]
}

/** Somebody who is to be kept out. */
export interface BanRequest extends BanCause {
  /** In full; of an IPv6 address the whole /64 is banned. */
  readonly address: string
  /** First host name of the route; empty for all routes. */
  readonly route: string
  /** Milliseconds of the first ban, the second and so on, the last for all further ones; Infinity is for ever. Not empty. */
  readonly durationsMs: readonly number[]
  /** Whether the operator wants to be alerted. */
  readonly isAlert?: boolean
}

/** Who is kept out. */
export interface BanList {
  /**
   * Keeps the address out from this moment on, and cuts what it has open. Resolves with when the ban ends, milliseconds since the epoch
   * (Infinity: never), once it is safe on the disk; rejects where it could not be stored yet: it counts all the same, and storing is tried again.
   */
  ban(request: BanRequest): Promise<number>
}

/** The list of a host that bans nobody. */
export const noBanList: BanList = Object.freeze({
  ban: () => Promise.reject(new Error('nobody can be banned: there is no ban list here')),
})
