import { normaliseHost } from './normalise-host.ts'

const MAX_REMEMBERED_HOSTS = 4096
const MAX_REMEMBERED_LENGTH = 260

/** Which entry serves a host: exact names first, then the longest wildcard. Never changes; a reload makes a new one. */
export interface HostIndex<T> {
  /** Looks up a `Host` value as a client wrote it. */
  find(hostHeader: string): HostMatch<T>
}

/** The normalised name (`undefined`: malformed) and the entry that serves it (`undefined`: none). */
export interface HostMatch<T> {
  readonly host: string | undefined
  readonly entry: T | undefined
}

/** Builds the index from normalised names; `*.example.org` matches every name below `example.org`, not itself. */
export function createHostIndex<T>(entries: ReadonlyMap<string, T>): HostIndex<T> {
  // Clients write few different Host values; remembering them saves the normalisation. Bounded in number and length, because clients choose them.
  const remembered = new Map<string, HostMatch<T>>()
  return {
    find(hostHeader) {
      let match = remembered.get(hostHeader)
      if (match === undefined) {
        const host = normaliseHost(hostHeader)
        match = { host, entry: host === undefined ? undefined : findEntry(entries, host) }
        if (hostHeader.length > MAX_REMEMBERED_LENGTH) return match
        if (remembered.size >= MAX_REMEMBERED_HOSTS) remembered.clear()
        remembered.set(hostHeader, match)
      }
      return match
    },
  }
}

function findEntry<T>(entries: ReadonlyMap<string, T>, host: string): T | undefined {
  const exact = entries.get(host)
  if (exact !== undefined) return exact
  for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
    const wildcard = entries.get(`*${host.slice(dot)}`)
    if (wildcard !== undefined) return wildcard
  }
  return undefined
}
