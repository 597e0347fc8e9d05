/**
 * All values of the header called `lower` (a lower-case name) in a flat array, joined as RFC 9110 5.3 says; empty when there is
 * none. Several values come out as one that no single-valued header may have.
 */
export function joinedHeader(rawHeaders: readonly string[], lower: string): string {
  const first = lower.charCodeAt(0)
  let joined = ''
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    // Length and first letter settle almost every header without lower-casing it.
    if (name.length !== lower.length || (name.charCodeAt(0) | 32) !== first || name.toLowerCase() !== lower) continue
    joined = joined === '' ? (rawHeaders[i + 1] as string) : `${joined}, ${rawHeaders[i + 1]}`
  }
  return joined
}
