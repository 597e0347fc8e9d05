const PLAIN_NAME = /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/
const IPV6_LITERAL = /^\[[0-9a-f:.]+\]$/

/**
 * The name a `Host` value (or a request target's authority) stands for: lower case, without port and trailing dot.
 * `undefined` for anything that is no single host: lists, user information, paths, spaces, control characters (RFC 9110 7.2).
 */
export function normaliseHost(value: string): string | undefined {
  const lower = value.toLowerCase()
  const colon = lower.startsWith('[') ? lower.indexOf(':', lower.indexOf(']')) : lower.indexOf(':')
  if (colon !== -1 && !isPort(lower.slice(colon + 1))) return undefined
  const name = colon === -1 ? lower : lower.slice(0, colon)
  if (name.startsWith('[')) return IPV6_LITERAL.test(name) ? name : undefined
  const bare = name.endsWith('.') ? name.slice(0, -1) : name
  return bare.length <= 253 && PLAIN_NAME.test(bare) && !bare.includes('..') ? bare : undefined
}

function isPort(text: string): boolean {
  return /^\d{0,5}$/.test(text) && Number(text) <= 65_535
}
