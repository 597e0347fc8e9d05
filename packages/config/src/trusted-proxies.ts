import { isIP } from 'node:net'

/** What is wrong with an entry of `trusted_proxies`; `undefined` when it is an address or a CIDR. */
export function trustProblem(entry: string): string | undefined {
  const [address = '', prefix, ...more] = entry.split('/')
  const version = isIP(address)
  if (version === 0 || more.length > 0) return `"${entry}" is not an address or a CIDR such as 10.0.0.0/8`
  if (prefix === undefined) return undefined
  const bits = version === 4 ? 32 : 128
  if (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits) return undefined
  return `the prefix length of "${entry}" must be between 0 and ${bits}`
}

/** True for a CIDR that holds every address, so that any client could choose its own. */
export function trustsEveryone(entry: string): boolean {
  return entry.endsWith('/0')
}
